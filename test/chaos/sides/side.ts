import { fileURLToPath } from "node:url";
import type { Pid1Options } from "../../support/pid1.ts";
import type { ChaosOptions, SideName } from "../options.ts";
import { queueNames, slots } from "../queues.ts";

export interface Place {
  readonly redisUrl: string;
  readonly folder: string;
  readonly accountFile: string;
}

export interface Side {
  readonly name: SideName;
  options(life: number): Pid1Options;
  /** The signal that ends it in order. */
  readonly endSignal: NodeJS.Signals;
  /** After the last act: the time by which every job must have ended. */
  readonly settleMs: number;
}

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const heapMb = 192;

export function sideOf({ side: name, isolation }: ChaosOptions, { redisUrl, folder, accountFile }: Place): Side {
  const env = (life: number) => ({
    REDIS_URL: redisUrl,
    CHAOS_ACCOUNT: accountFile,
    CHAOS_FOLDER: folder,
    CHAOS_LIFE: String(life),
    CHAOS_SLOTS: String(slots),
    CHAOS_QUEUES: queueNames.join(","),
    NODE_OPTIONS: `--max-old-space-size=${heapMb}`,
  });
  if (name === "plain") {
    const command = ["tini", "--", process.execPath, file("../app/plain-supervisor.mjs")];
    return { name, options: (life) => ({ command, env: env(life) }), endSignal: "SIGTERM", settleMs: 240_000 };
  }
  const command = [process.execPath, file("../../../dist/entrypoint.mjs"), file("../app/workers.mjs")];
  const options = (life: number) => ({
    command,
    env: {
      ...env(life),
      FORKER_USER: "root",
      FORKER_LOG_FORMAT: "json",
      FORKER_LOG_LEVEL: "debug",
      // By default a job that USR1 stops fails. Here it must still run to its end.
      FORKER_STOPPED_JOBS: "handback",
      // Priority is strict: queues that must not starve while "jobs" is full come before it.
      ...(isolation && { FORKER_ISOLATION: "*" }),
      WORKLOAD: `ticks,flows,limited,* x${slots / 2}; * x${slots / 2}`,
    },
  });
  return { name, options, endSignal: "SIGQUIT", settleMs: 120_000 };
}
