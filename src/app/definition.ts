import type { Logger } from "pino";

/** The part of BullMQ's Job that every version has; the real object that hooks and processors get is BullMQ's own Job. */
export interface ForkerJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly queueName: string;
  readonly data: unknown;
  readonly opts: { readonly attempts?: number | undefined };
  readonly attemptsMade: number;
  readonly returnvalue?: unknown;
  readonly failedReason?: string | undefined;
  /** Milliseconds of the epoch; undefined: it has attempts left, or has not ended. */
  readonly finishedOn?: number | undefined;
}

/** What one worker knows of itself. */
export interface WorkerInfo {
  /** Its index in the workload, from 0; it keeps it when it is replaced. */
  readonly slot: number;
  /** 1 for the first load of the application, one more for each reload. */
  readonly generation: number;
  /** Its patterns, in strict priority order. */
  readonly queues: readonly string[];
  /** Jobs at a time. */
  readonly concurrency: number;
}

/** The process that `teardown` runs in. `forker check` loads the application as a template of generation 0. */
export type LeavingProcess =
  | { readonly role: "template"; readonly generation: number }
  | { readonly role: "worker"; readonly generation: number; readonly slot: number };

/**
 * Processes one job. What it returns is the job's result; what it throws fails the job, as in a BullMQ Worker.
 *
 * `signal` aborts when the job is stopped (USR1), or when the worker is (TERM); its reason says which. A job that does
 * not end within `FORKER_STOP_TIMEOUT` after that loses its process.
 *
 * The method form lets a processor name BullMQ's own type: `(job: Job<ImportData>) => …`.
 */
export type Processor = { process(job: ForkerJob, token: string, signal: AbortSignal): unknown }["process"];

/**
 * What `setup` configures. The environment wins over each of these. A value that is not as described throws a
 * `ForkerError` at once, and so does a property that does not exist, or any use after `setup` ended.
 */
export interface Forker {
  /**
   * The workers: a workload as in docs/WORKLOAD.md, a number of workers on every queue, or an array with one entry a
   * worker, each a queue list as a text (`"import,export @5"`) or an array of queue names.
   *
   * `WORKLOAD` wins over it.
   *
   * @defaultValue one worker on `*`
   * @throws `ForkerError` (`ERR_FORKER_WORKLOAD`) whose message points at the mistake
   */
  workload: string | number | readonly (string | readonly string[])[] | undefined;
  /**
   * Become this user, by name or number, in the template, after the application was loaded as root. The group is the
   * user's own unless given. `FORKER_USER` wins over it, and drops sooner: in init, before the application is loaded.
   */
  user(user: string | number, group?: string | number): void;
  /**
   * Seconds between two looks for queues that a glob or `*` should take.
   *
   * @defaultValue 5
   */
  interval: number;
  /**
   * A pino-compatible logger for the workers' lines. It must write synchronously and without a transport: a transport is
   * a thread, and threads do not survive a fork.
   *
   * @defaultValue forker's own, to standard output
   */
  logger: Logger | undefined;
  /**
   * Log each job.
   *
   * @defaultValue false
   */
  verbose: boolean;
  /**
   * How long the jobs of a queue may take, by its name or a glob: `{ import: "5m/6m", "mail-*": "30s" }`. After the first
   * time the job's signal is aborted; after the second, or `FORKER_STOP_TIMEOUT` later, it fails with `JobTimeoutError`
   * by its attempts, and its process is ended if it goes on all the same.
   *
   * `FORKER_TIME_LIMITS` wins over it.
   *
   * @defaultValue none
   */
  timeLimits: Readonly<Record<string, string>> | undefined;
  /**
   * ioredis options, or a URL; not a client, because forked workers cannot share a connection. For a Redis Cluster
   * `{ cluster: [{ host, port }, …], …options of its nodes }`. `REDIS_URL` wins over it.
   *
   * @defaultValue `redis://127.0.0.1:6379`
   */
  connection: string | Record<string, unknown> | undefined;
  /**
   * BullMQ's key prefix. `FORKER_PREFIX` wins over it.
   *
   * @defaultValue `bull`
   */
  prefix: string | undefined;
  /** 1 for the first load of the application, one more for each reload. */
  readonly generation: number;
}

/** An application: how it is set up, and what processes its jobs. docs/APPLICATION.md has each hook's limits. */
export interface ForkerDefinition {
  /**
   * Once per generation, in the template, before any worker: load the application, set the workload. It must leave no
   * open connection behind. What it throws fails the boot, or the reload: then the old generation goes on.
   * `FORKER_BOOT_TIMEOUT` bounds it.
   */
  setup?(forker: Forker): unknown;
  /** Once per generation, in the template, after `setup`: run hot paths, so that workers share compiled code and caches. */
  warmup?(): unknown;
  /** Once in each worker, after it was forked and before its first job: open connections here. */
  beforeFirstFork?(worker: WorkerInfo): unknown;
  /** Before each job, in its worker. What it throws fails the job, and the processor does not run. */
  beforePerform?(job: ForkerJob): unknown;
  /**
   * After a job was completed in Redis, beside the next job. At most once for each: not if the process ends first. What it
   * throws is logged.
   */
  afterPerform?(job: ForkerJob, result: unknown): unknown;
  /**
   * After an attempt failed in Redis, whichever process wrote that: `job.attemptsMade >= job.opts.attempts` tells the last one.
   * At most once for each: not if the process ends first. What it throws is logged.
   */
  onFailure?(job: ForkerJob, error: Error): unknown;
  /** Before a worker or the template exits; `leaving` says which. What it throws is logged; it is given 5 seconds. */
  teardown?(leaving: LeavingProcess): unknown;
  /**
   * What processes the jobs of a queue, by its name, by a glob (`mail-*`) or by `*`. The queue's own name wins, then the
   * longest glob that matches, then `*`. A text is the path of a module, relative to this file, whose default export is
   * the function; it is loaded once, before the fork.
   */
  processors: Readonly<Record<string, Processor | string>>;
}

/**
 * Defines an application. The value is the default export of the file that `forker` is given.
 *
 * @example
 * ```ts
 * import { defineForker } from "bullmq-forker";
 *
 * export default defineForker({
 *   async setup(forker) {
 *     await import("./dist/app.js");
 *     forker.workload = ["import", "import,export", "* @5"];
 *   },
 *   async beforeFirstFork() {
 *     await database.connect();
 *   },
 *   processors: {
 *     import: async (job, token, signal) => importFile(job.data, { signal }),
 *     "mail-*": "./dist/mail.js",
 *   },
 * });
 * ```
 */
export function defineForker(definition: ForkerDefinition): ForkerDefinition {
  return definition;
}
