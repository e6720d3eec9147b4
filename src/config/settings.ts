import type { HttpAddress } from "./http-address.ts";
import type { TimeLimit } from "./time-limits.ts";

/** The environment's values, parsed and checked once by init and passed to every process when it starts. */
export interface Settings {
  /** Absolute path of the application file as it was given: each load follows its symlinks again. */
  readonly appPath: string;
  /** The WORKLOAD variable, already known to be well-formed; undefined lets setup() decide. */
  readonly workload: string | undefined;
  readonly redisUrl: string;
  /** Whether REDIS_URL was set: then it wins over `forker.connection`. */
  readonly redisUrlGiven: boolean;
  /** BullMQ's key prefix. undefined: `forker.prefix`, else `bull`. */
  readonly prefix: string | undefined;
  readonly engine: "auto" | "fork" | "spawn";
  /** Why init chose `spawn`, whatever the environment asks for. */
  readonly spawnReason?: string;
  readonly user: UserRequest | undefined;
  readonly drainTimeoutMs: number;
  readonly reloadDrainTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly bootTimeoutMs: number;
  readonly hookTimeoutMs: number;
  /** How long the lock of a job lasts that nobody renews: until then the jobs of a dead worker are still its own. */
  readonly lockDurationMs: number;
  readonly stoppedJobs: "fail" | "retry" | "handback";
  /** undefined: `forker.timeLimits` decides. */
  readonly timeLimits: readonly TimeLimit[] | undefined;
  /** Names and globs of the queues whose jobs are isolated, whatever the application says. undefined: none. */
  readonly isolatedQueues: readonly string[] | undefined;
  /** The most memory of its own, and the nice value, of the process of an isolated job. undefined: the definition decides. */
  readonly runnerMemoryBytes: number | undefined;
  readonly runnerNice: number | undefined;
  /** How workers hear of new queues, besides searching for them. */
  readonly queueEvents: "off" | "keyspace";
  /** 0: workers are not watched. */
  readonly stuckTimeoutMs: number;
  /** init keeps one more worker, which takes over the slot of a worker that dies. */
  readonly hasSpare: boolean;
  /** Within this time, the workers of a range should clear the jobs that wait for them. */
  readonly clearTimeMs: number;
  /** A range loses workers when fewer have been enough for this long. */
  readonly removeAfterMs: number;
  /** init replaces a worker after this number of jobs, at this age, or with this much private memory. undefined: no limit. */
  readonly recycleJobs: number | undefined;
  readonly recycleAgeMs: number | undefined;
  readonly recycleMemoryBytes: number | undefined;
  readonly forkCheck: "error" | "warn" | "off";
  /** undefined: no health server. */
  readonly http: HttpAddress | undefined;
  /** Names in Host that it answers to, in addition to IP addresses and localhost, in lower case; see src/admin/allowed-host.ts. */
  readonly httpHosts: readonly string[] | undefined;
  /** Required for orders over HTTP. Only init has it. undefined: nobody may give any. */
  readonly httpToken: string | undefined;
  /** Where init finds the token if it is not in the environment. */
  readonly httpTokenFile: string | undefined;
  /** Whether forker takes part in the fleet of the forkers that use the same Redis and prefix. */
  readonly fleet: "on" | "off";
  /** How many queues are measured by themselves. 0: none. */
  readonly metricsQueues: number;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly logFormat: "auto" | "json" | "pretty";
  /** NODE_OPTIONS as the user set it: they are the application's, so the template and spawned workers get them. */
  readonly nodeOptions: string | undefined;
}

/** `name|uid[:group|gid]` before any look-up. Digits are numbers. */
export interface UserRequest {
  readonly user: string | number;
  readonly group: string | number | undefined;
}
