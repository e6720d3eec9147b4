import type { Logger } from "pino";
import type { AdoptedWorkers } from "../bull/adoption/adopted-workers.ts";
import type { SupplyWorker } from "../bull/worker/open-worker.ts";
import type { UserRequest } from "../config/settings.ts";
import type { TimeLimit } from "../config/time-limits.ts";
import type { WorkerSpec } from "../config/workload.ts";
import type { QueueOptions } from "../protocol/queue-options.ts";
import type { FencedHooks } from "./hooks.ts";
import type { IsolationRule } from "./isolation.ts";
import type { LateRedis } from "./late-redis.ts";
import type { Listeners } from "./listeners.ts";
import type { Loading } from "./loading.ts";
import type { JobsRedis } from "./required-place.ts";
import type { QueueWorkerOptions } from "./worker-options.ts";

/** The user's application, loaded and set up in this process. */
export interface Application {
  /** The file's real path when it was loaded, with symlinks resolved. */
  readonly path: string;
  readonly config: ApplicationConfig;
  /** The processor of a queue: its own name first, then the longest matching glob, then `*`. undefined: none. */
  readonly processorFor: (queue: string) => JobProcessor | undefined;
  readonly hooks: FencedHooks;
  /** The Worker options of a queue: its own before those for all queues. */
  readonly optionsFor: (queue: string) => QueueWorkerOptions;
  /** The same by pattern, for processes without the application. */
  readonly queueOptions: readonly QueueOptions[];
  readonly isolation: IsolationRule;
  readonly listeners: Listeners;
  /** How many jobs a worker with this spec runs at a time. */
  readonly jobsAtATime: (spec: WorkerSpec) => number;
  /** Supplies the BullMQ Worker of a queue, in place of one that forker creates. */
  readonly supplyWorker?: SupplyWorker;
  /** The application's own Workers. undefined: it has none. */
  readonly adopted?: AdoptedWorkers;
  /** No other queues have a processor. */
  readonly hasOnlyAdopted?: boolean;
  /** What the application goes on with in each worker. */
  readonly loading?: Loading | undefined;
}

/** setup()'s values with the environment's precedence applied. */
export interface ApplicationConfig {
  readonly workload: readonly WorkerSpec[];
  /** forker.user(), only when settings.user is undefined. */
  readonly user: UserRequest | undefined;
  readonly queueDiscoveryIntervalMs: number;
  /** The user's own logger. */
  readonly logger: Logger | undefined;
  readonly verbose: boolean;
  readonly timeLimits: readonly TimeLimit[];
  readonly redis: JobsRedis | LateRedis;
}

/**
 * `signal` is called for an AbortSignal only if the user's function takes one. Returns what that returns, usually a promise, and
 * throws what it throws.
 */
export type JobProcessor = (job: unknown, token: string, signal: () => AbortSignal) => unknown;
