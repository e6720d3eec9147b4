import { parseArgs } from "node:util";

export type SideName = "forker" | "plain";

export interface ChaosOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly side: SideName;
  readonly withInit: boolean;
  /** Each job runs in a process of its own. */
  readonly isolation: boolean;
  readonly jobsPerSecond: number;
}

export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "180" },
      seed: { type: "string", default: "1" },
      side: { type: "string", default: "forker" },
      "with-init": { type: "boolean", default: false },
      isolation: { type: "boolean", default: false },
      "jobs-per-second": { type: "string", default: "12" },
    },
  });
  const { side } = values;
  if (side !== "forker" && side !== "plain") throw new Error(`--side: expected forker or plain, got ${side}`);
  if (values.isolation && side !== "forker") throw new Error("--isolation: expected --side forker, got --side plain");
  return {
    seconds: positive("seconds", values.seconds),
    seed: positive("seed", values.seed),
    side,
    withInit: values["with-init"],
    isolation: values.isolation,
    jobsPerSecond: positive("jobs-per-second", values["jobs-per-second"]),
  };
}

export function sideText({ side, isolation }: ChaosOptions): string {
  return isolation ? `${side}-isolation` : side;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name}: expected a number above 0, got ${text}`);
  return value;
}
