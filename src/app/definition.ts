import type { Job } from "../bull/library/job-type.ts";
import type { ForkerJob } from "./forker-job.ts";
import type { ForkerLogger } from "./logger-type.ts";
import { runIfMain } from "./run-main.ts";
import type { QueueListeners, QueueWorkerOptions } from "./worker-options.ts";

/** What one worker knows about itself. */
export interface WorkerInfo {
  /** Its index in the workload, from 0; its replacement gets the same one. */
  readonly slot: number;
  /** 1 for the first load of the application, one more for each reload. */
  readonly generation: number;
  /** Its patterns, in strict priority order. */
  readonly queues: readonly string[];
  /**
   * Jobs at a time: the `@C` of its workload. Without one, the sum for the queues that its patterns take, as far as the
   * definition names them.
   */
  readonly concurrency: number;
}

/** The process that `teardown` runs in. `forker check` loads the application as a template of generation 0. */
export type LeavingProcess =
  | { readonly role: "template"; readonly generation: number }
  /** The process of one isolated job. */
  | { readonly role: "runner"; readonly generation: number; readonly slot: number }
  | { readonly role: "worker"; readonly generation: number; readonly slot: number };

/**
 * Processes one job. What it returns is the job's result; what it throws fails the job, as in a BullMQ Worker.
 *
 * `signal` aborts when the job is stopped (USR1), or when the worker is (TERM); its reason says which. If the job does
 * not end within `FORKER_STOP_TIMEOUT` after that, its process is killed.
 *
 * The method form accepts a processor whose job is of a narrower type: `(job: Job<ImportData, number>) => …`.
 */
export type Processor<Data = Job["data"], Result = Job["returnvalue"], Name extends string = string> = {
  process(job: ForkerJob<Data, Result, Name>, token: string, signal: AbortSignal): Result | Promise<Result>;
}["process"];

/** `"job"`: each job runs in a process of its own. `"none"`: none does, although all other queues are isolated. */
export type Isolation = "job" | "none";

/** Processes the jobs of a queue with the options and the listeners of a BullMQ Worker: docs/WORKER-OPTIONS.md. */
export interface QueueProcessor extends QueueWorkerOptions {
  /** A function, or the path of a module, relative to the application file, whose default export is the function. */
  readonly process: Processor | string;
  /** Called in each worker that takes from the queue, after the listeners for all queues. */
  readonly on?: QueueListeners | undefined;
  /** `"job"`: each of its jobs runs in a process of its own. `"none"`: none does. docs/ISOLATION.md. */
  readonly isolation?: Isolation | undefined;
  /**
   * The most memory that the process of an isolated job may have of its own: `"512M"`, or `"20%"` of the container's limit. Beyond it the
   * process is ended, and the job fails. `FORKER_RUNNER_MEMORY` wins over it.
   *
   * @defaultValue no limit
   */
  readonly memory?: string | undefined;
  /**
   * What is added to the nice value of the process of an isolated job, from 0 to 19: setpriority(2). `FORKER_RUNNER_NICE` wins over it.
   *
   * @defaultValue 0
   */
  readonly nice?: number | undefined;
}

/**
 * What `setup` configures. The environment wins over each of these. A value of the wrong kind throws a
 * `ForkerError` at once, and so does a property that does not exist, or any use after `setup` has ended.
 */
export interface Forker {
  /**
   * The workers: a workload as in docs/WORKLOAD.md, a number of workers on every queue, or an array with one entry a
   * worker, each a queue list as a string (`"import,export @5"`) or an array of queue names.
   *
   * `WORKLOAD` wins over it.
   *
   * @defaultValue one worker on `*`
   * @throws `ForkerError` (`ERR_FORKER_WORKLOAD`) whose message points at the mistake
   */
  workload: string | number | readonly (string | readonly string[])[] | undefined;
  /**
   * Change to this user, by name or number, in the template, after root has loaded the application. The default group is the
   * user's own. `FORKER_USER` wins over it, and takes effect earlier: in init, before the application is loaded.
   */
  user(user: string | number, group?: string | number): void;
  /**
   * Seconds between two searches for queues that match a glob or `*`.
   *
   * @defaultValue 5
   */
  queueDiscoveryInterval: number;
  /** Another name of `queueDiscoveryInterval`. */
  interval: number;
  /**
   * A logger for the workers' lines: pino's, or one with the same methods. It may write through a pino
   * transport, whose thread forker starts again in each worker.
   *
   * @defaultValue forker's own, to standard output
   */
  logger: ForkerLogger | undefined;
  /**
   * Log each job.
   *
   * @defaultValue false
   */
  verbose: boolean;
  /**
   * How long the jobs of a queue may take, by its name or a glob: `{ import: "5m/6m", "mail-*": "30s" }`. After the first
   * duration the job's signal is aborted. After the second, or `FORKER_STOP_TIMEOUT` later, the job fails with
   * `JobTimeoutError` and is retried if it has attempts left; if it still runs, its process is killed.
   *
   * `FORKER_TIME_LIMITS` wins over it.
   *
   * @defaultValue none
   */
  timeLimits: Readonly<Record<string, string>> | undefined;
  /**
   * ioredis options, or a URL; not a client, because forked workers cannot share a connection. For a Redis Cluster:
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
   * Once per generation, in the template, before any worker: load the application, set the workload. It may leave
   * connections open, but no servers, child processes or SQLite databases. If it throws, the boot fails; if a reload fails,
   * the old generation continues. `FORKER_BOOT_TIMEOUT` bounds it.
   */
  setup?(forker: Forker): unknown;
  /** Once per generation, in the template, after `setup`: run hot paths, so that workers share compiled code and caches. */
  warmup?(): unknown;
  /** Once in each worker, after it was forked and before its first job: start here what workers cannot share. */
  afterFork?(worker: WorkerInfo): unknown;
  /** Another name of `afterFork`. */
  beforeFirstFork?(worker: WorkerInfo): unknown;
  /** Before each job, in its worker. What it throws fails the job, and the processor does not run. */
  beforePerform?(job: ForkerJob): unknown;
  /**
   * After a job was completed in Redis, while the next job runs. At most once for each job, and not at all if the process ends
   * first. What it throws is logged.
   */
  afterPerform?(job: ForkerJob, result: unknown): unknown;
  /**
   * After an attempt failed in Redis, whichever process recorded it: `job.attemptsMade >= job.opts.attempts` holds for the last
   * one. At most once for each attempt, and not at all if the process ends first. What it throws is logged.
   */
  onFailure?(job: ForkerJob, error: Error): unknown;
  /** Before a worker or the template exits; `leaving` says which. It has 5 seconds. What it throws is logged. */
  teardown?(leaving: LeavingProcess): unknown;
  /**
   * What processes the jobs of a queue, by its name, by a glob (`mail-*`) or by `*`. The queue's own name wins, then the
   * longest glob that matches, then `*`. A string is the path of a module, relative to this file, whose default export
   * is the function; the template loads it once, before the fork. An object also has options and listeners.
   */
  processors: Readonly<Record<string, Processor | QueueProcessor | string>>;
  /** BullMQ's Worker options for all queues. A queue's own option wins. */
  workerOptions?: QueueWorkerOptions | undefined;
  /**
   * Listeners for the events of all queues, as a BullMQ Worker has them. `completed` and `failed` come after the end is written,
   * once for each end, whichever process wrote it. What a listener throws is logged.
   */
  on?: QueueListeners | undefined;
  /** `"job"`: each job of all queues runs in a process of its own. A queue's own option wins. docs/ISOLATION.md. */
  isolation?: Isolation | undefined;
  /**
   * For the isolated jobs of all queues: the most memory that the process of one may have of its own, `"512M"`, or `"20%"` of the
   * container's limit. A queue's own option wins, and `FORKER_RUNNER_MEMORY` wins over both.
   *
   * @defaultValue no limit
   */
  memory?: string | undefined;
  /**
   * For the isolated jobs of all queues: what is added to the nice value of the process of one, from 0 to 19. A queue's own option
   * wins, and `FORKER_RUNNER_NICE` wins over both.
   *
   * @defaultValue 0
   */
  nice?: number | undefined;
  /**
   * The application's BullMQ: all that the module exports, as `import * as bullmq` gives it. Needed only if a bundler has put BullMQ inside the
   * application's file: forker and the application must use the same copy.
   *
   * @defaultValue the package `bullmq`, as the application file finds it
   */
  bullmq?: object;
}

/**
 * Defines an application. The value is the default export of the file that `forker` is given. If Node runs that file itself, as
 * with `node workers.mjs`, one worker runs in the foreground.
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
 *   async afterFork() {
 *     await database.connect();
 *   },
 *   processors: {
 *     import: async (job, token, signal) => importFile(job.data, { signal }),
 *     "mail-*": "./dist/mail.js",
 *     sms: { process: "./dist/sms.js", concurrency: 20, limiter: { max: 10, duration: 1000 } },
 *   },
 *   on: { failed: (job, error) => report(error, job?.id) },
 * });
 * ```
 */
export function defineForker(definition: ForkerDefinition): ForkerDefinition {
  runIfMain(definition);
  return definition;
}
