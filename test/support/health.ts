import type { Verdict } from "../../src/protocol/status.ts";
import { eventually } from "./deadline.ts";
import type { Forker } from "./forker.ts";
import { freePort } from "./redis.ts";

const waitMs = 60_000;

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** A forker's health server, as the kubelet and Prometheus see it. */
export class HealthProbe {
  readonly address: string;

  static async onFreePort(): Promise<HealthProbe> {
    return new HealthProbe(`127.0.0.1:${await freePort()}`);
  }

  constructor(address: string) {
    this.address = address;
  }

  /** The environment for `Forker.start`. */
  get env(): Record<string, string> {
    return { FORKER_HTTP: this.address };
  }

  async get(path: string): Promise<Answered> {
    const response = await fetch(`http://${this.address}${path}`, { signal: AbortSignal.timeout(5_000) });
    return { status: response.status, text: await response.text() };
  }

  async verdict(path: "/livez" | "/readyz" | "/startupz"): Promise<Verdict & { readonly status: number }> {
    const { status, text } = await this.get(path);
    return { status, ...(JSON.parse(text) as Verdict) };
  }

  /** The three statuses: `200 503 200` means live, not ready, started. */
  async all(): Promise<string> {
    const paths = ["/livez", "/readyz", "/startupz"] as const;
    return (await Promise.all(paths.map(async (path) => (await this.verdict(path)).status))).join(" ");
  }

  /** Waits for these statuses of livez, readyz and startupz. Meanwhile livez must never have another. */
  async shows(statuses: string, forker: Forker): Promise<void> {
    const [live] = statuses.split(" ");
    await eventually(waitMs, `${statuses}\n${forker.pid1.transcript}`, async () => {
      const seen = await this.all().catch(() => undefined);
      if (seen !== undefined && !seen.startsWith(`${live} `)) throw new Error(`livez was ${seen.slice(0, 3)}`);
      return seen === statuses;
    });
  }

  /** The samples of /metrics, keyed by name and labels as written. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const { text } = await this.get("/metrics");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
    );
  }
}
