import type { TimeLimit } from "../../config/time-limits.ts";
import type { WorkerSpec } from "../../config/workload.ts";
import type { User } from "../../protocol/launch-config.ts";
import type { RedisPlace } from "../../protocol/messages.ts";
import type { QueueOptions } from "../../protocol/queue-options.ts";

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
  /** The Redis of its jobs, for the keeper. undefined: the connection cannot be passed to another process. */
  readonly redis: RedisPlace | undefined;
}

export interface Generation extends LoadedApplication {
  readonly number: number;
}

/** The generation that a reload is about to activate. It replaces the current one when its first worker has started. */
export interface Candidate {
  readonly number: number;
  loaded: Generation | undefined;
  /** Why its workers are spawned without another trial fork: its template did not survive the first. */
  spawnReason: string | undefined;
  /** How many of its first workers failed to start. */
  failures: number;
}
