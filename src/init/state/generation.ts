import type { TimeLimit } from "../../config/time-limits.ts";
import type { WorkerSpec } from "../../config/workload.ts";
import type { User } from "../../protocol/launch-config.ts";
import type { RedisPlace } from "../../protocol/messages.ts";

/** What a template reports of the application that it has loaded: what to run, and how to start it. */
export interface LoadedApplication {
  readonly specs: readonly WorkerSpec[];
  readonly engine: "fork" | "spawn";
  readonly engineReason: string | undefined;
  readonly timeLimits: readonly TimeLimit[];
  /** Whether its workers have hooks for the ends of jobs. */
  readonly hearsEnds: boolean;
  /** Whom its template and its workers run as. */
  readonly user: User;
  /** Where its workers' jobs are, for the keeper; undefined: only its workers can say. */
  readonly redis: RedisPlace | undefined;
}

export interface Generation extends LoadedApplication {
  readonly number: number;
}

/** The generation that a reload is about to bring. It replaces the current one when its first worker has started. */
export interface Candidate {
  readonly number: number;
  loaded: Generation | undefined;
  /** Why its workers are spawned without another trial: its template did not survive the first. */
  spawnReason: string | undefined;
  /** How many of its first workers failed to start. */
  failures: number;
}
