import { eventually } from "./deadline.ts";
import type { Forker } from "./forker.ts";

/** What an application that is not the fixture of forker recorded about itself. */
export interface Entry {
  readonly what: string;
  readonly pid: number;
  readonly at: number;
  readonly queue?: string;
  readonly job?: string;
  readonly [field: string]: unknown;
}

const waitMs = 60_000;

export async function entries(forker: Forker, what?: string): Promise<Entry[]> {
  const lines = await forker.client.lrange("ledger", 0, -1);
  const all = lines.map((line) => JSON.parse(line) as Entry);
  return what === undefined ? all : all.filter((entry) => entry.what === what);
}

/** Waits for this many entries of a kind, with these fields. */
export async function recorded(
  forker: Forker,
  what: string,
  count = 1,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Entry[]> {
  const matches = (entry: Entry) => Object.entries(fields).every(([name, value]) => entry[name] === value);
  return await eventually(
    waitMs,
    `${count} × ${what} ${JSON.stringify(fields)}\n${forker.pid1.transcript}`,
    async () => {
      const found = (await entries(forker, what)).filter(matches);
      return found.length >= count ? found : undefined;
    },
  );
}
