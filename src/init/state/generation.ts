import type { TimeLimit } from "../../config/time-limits.ts";
import type { WorkerSpec } from "../../config/workload.ts";
import type { User } from "../../protocol/launch-config.ts";
import type { QueueOptions } from "../../protocol/queue-options.ts";
import type { PlaceReport, RedisPlace } from "../../protocol/redis-place.ts";

/** What a template reports about the application that it has loaded: the workload, and how to start workers. */
export interface LoadedApplication {
  readonly specs: readonly WorkerSpec[];
  readonly engine: "fork" | "spawn";
  readonly engineReason: string | undefined;
  readonly timeLimits: readonly TimeLimit[];
  /** The Worker options of its queues. */
  readonly queueOptions: readonly QueueOptions[];
  /** Whether the application has hooks for job ends. */
  readonly hearsEnds: boolean;
  /** The user that its template and workers run as. */
  readonly user: User;
  /** Where its jobs are. undefined: it has no Worker yet, and its workers report the place of the first one. */
  readonly place?: NamedPlace | undefined;
  /**
   * The Redis of its jobs, for the keeper. undefined: the connection cannot be passed to another process, or nobody knows it yet.
   * Until the workers of a generation have reported it, the keeper serves those of the generation before.
   */
  readonly redis: RedisPlace | undefined;
}

/** A place of jobs as it is compared and logged. */
export type NamedPlace = Pick<PlaceReport, "identity" | "text">;

export interface Generation extends LoadedApplication {
  readonly number: number;
}

/** The generation that a reload is about to activate. It replaces the current one when its first worker has started. */
export interface Candidate {
  readonly number: number;
  loaded: Generation | undefined;
  /** How many workers TTIN had added when the reload was ordered; negative: removed by TTOU. Its activation undoes these. */
  readonly undoneWorkers: number;
  /** Why its workers are spawned without another trial fork: its template did not survive the first. */
  spawnReason: string | undefined;
  /** How many of its first workers failed to start, and how the last one ended. */
  failures: number;
  lastFailure?: string | undefined;
  /** Why forker cannot run it, as far as only its worker could tell. */
  refusal?: string | undefined;
}
