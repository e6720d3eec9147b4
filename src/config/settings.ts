import type { HttpAddress } from "./http-address.ts";
import type { TimeLimit } from "./time-limits.ts";

/** What the environment asked for, parsed and checked once by init and handed to every process at its birth. */
export interface Settings {
  /** Absolute path of the application file as it was given: symlinks are followed anew at each load. */
  readonly appPath: string;
  /** The WORKLOAD variable, already known to be well-formed; undefined lets setup() decide. */
  readonly workload: string | undefined;
  readonly redisUrl: string;
  /** Whether REDIS_URL was set: then it wins over `forker.connection`. */
  readonly redisUrlGiven: boolean;
  /** BullMQ's key prefix. undefined: `forker.prefix`, else `bull`. */
  readonly prefix: string | undefined;
  readonly engine: "auto" | "fork" | "spawn";
  /** Why init chose `spawn` itself, whatever the environment asked for. */
  readonly spawnReason?: string;
  readonly user: UserRequest | undefined;
  readonly drainTimeoutMs: number;
  readonly reloadDrainTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly bootTimeoutMs: number;
  readonly hookTimeoutMs: number;
  /** How long the lock of a job lasts that nobody renews: until then the jobs of a dead worker are still its own. */
  readonly lockDurationMs: number;
  readonly stopped: "fail" | "retry" | "handback";
  /** undefined: `forker.timeLimits` says. */
  readonly timeLimits: readonly TimeLimit[] | undefined;
  /** 0: workers are not watched. */
  readonly wedgedAfterMs: number;
  /** A worker is replaced after so many jobs, at that age, or with so much memory of its own. undefined: not for that. */
  readonly recycleJobs: number | undefined;
  readonly recycleAgeMs: number | undefined;
  readonly recycleMemoryBytes: number | undefined;
  readonly safety: "error" | "warn" | "off";
  /** undefined: no health server. */
  readonly http: HttpAddress | undefined;
  /** Names in Host that it answers to, beside IP addresses and localhost, in lower case; see src/admin/allowed-host.ts. */
  readonly httpHosts: readonly string[] | undefined;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly logFormat: "auto" | "json" | "pretty";
  /** NODE_OPTIONS as the user set it: belongs to the application, so template and spawned workers get it. */
  readonly nodeOptions: string | undefined;
}

/** `name|uid[:group|gid]` before any look-up. Digits are numbers. */
export interface UserRequest {
  readonly user: string | number;
  readonly group: string | number | undefined;
}
