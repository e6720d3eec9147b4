import type { Logger } from "pino";

/** The part of BullMQ's Job that every version has; the real object that hooks and processors get is BullMQ's own Job. */
export interface ForkerJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly queueName: string;
  readonly data: unknown;
  readonly attemptsMade: number;
}

/** What one worker knows of itself. */
export interface WorkerInfo {
  readonly slot: number;
  readonly generation: number;
  readonly queues: readonly string[];
  readonly concurrency: number;
}

/**
 * Processes one job. `signal` aborts when the job is stopped (USR1), or when the worker is (TERM); its reason says which.
 * A string in its place names a module whose default export is the function, relative to the application file.
 */
export type Processor = (job: never, token: string, signal: AbortSignal) => unknown;

/** What `setup` configures. The environment wins over each of these. */
export interface Forker {
  /** One entry a worker: a queue list by WORKLOAD's grammar, an array of them, or a number of workers on every queue. */
  workload: string | number | readonly (string | readonly string[])[] | undefined;
  /** Drop root in the template, after the application was loaded. */
  user(user: string | number, group?: string | number): void;
  /** Seconds between two looks for queues that a glob or `*` should take. Default 5. */
  interval: number;
  /** A pino-compatible logger for the workers' lines. Default: forker's own. */
  logger: Logger | undefined;
  /** Log each job. Default false. */
  verbose: boolean;
  /** ioredis options, or a URL. Default: REDIS_URL. */
  connection: string | Record<string, unknown> | undefined;
  /** BullMQ's key prefix. Default `bull`. */
  prefix: string | undefined;
  readonly generation: number;
}

export interface ForkerDefinition {
  setup?(forker: Forker): unknown;
  warmup?(): unknown;
  beforeFirstFork?(worker: WorkerInfo): unknown;
  beforePerform?(job: ForkerJob): unknown;
  afterPerform?(job: ForkerJob, result: unknown): unknown;
  onFailure?(job: ForkerJob, error: Error): unknown;
  teardown?(): unknown;
  processors: Readonly<Record<string, Processor | string>>;
}

export function defineForker(definition: ForkerDefinition): ForkerDefinition {
  return definition;
}
