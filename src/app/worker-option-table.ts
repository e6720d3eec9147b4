import type { WorkerOptions } from "../bull/library/job-type.ts";
import { maximumConcurrency } from "../config/workload.ts";
import {
  anyText,
  isAtLeast,
  isBoolean,
  isKeepJobs,
  isLimiter,
  isMetrics,
  isSettings,
  isTelemetry,
} from "./worker-option-values.ts";
import type { WorkerOptionName } from "./worker-options.ts";

/** An option that forker acts on. */
export interface HonouredOption {
  /** What forker does with it, for docs/WORKER-OPTIONS.md. */
  readonly effect: string;
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** An option that forker refuses, except for values that ask for what forker does anyway. */
export interface RefusedOption {
  readonly why: string;
  readonly instead: string;
  readonly accepts?: (value: unknown) => boolean;
  /**
   * What to do instead in an application with Workers of its own, which forker warns of: there the option is ignored. Absent:
   * there it means what it means in BullMQ.
   */
  readonly insteadIfAdopted?: string;
  /** What it means there, if it is neither ignored nor what it means in BullMQ. */
  readonly ifAdopted?: string;
}

const milliseconds = (minimum: number) => ({
  expected: `milliseconds, ${minimum} or more`,
  accepts: (value: unknown) => isAtLeast(minimum, value),
});
const keepJobs = {
  expected: "{ count } or { age, count, limit } with numbers; { count: 0 } keeps none",
  accepts: isKeepJobs,
};
const flag = { expected: "true or false", accepts: isBoolean };

export const honouredOptions: Readonly<Record<WorkerOptionName, HonouredOption>> = {
  concurrency: {
    effect:
      "The number of jobs of this queue that each worker runs at a time, in addition to the jobs of its other queues, as with a Worker for each queue. `@C` in `WORKLOAD` wins: it is the limit for all queues of the worker together. Queues with neither share one place",
    expected: `a number from 1 to ${maximumConcurrency}`,
    accepts: (value) => isAtLeast(1, value) && value <= maximumConcurrency,
  },
  limiter: {
    effect: "As in BullMQ. The limit is the queue's, for all workers together",
    expected: "{ max, duration } with numbers above 0",
    accepts: isLimiter,
  },
  maximumRateLimitDelay: {
    effect:
      "The longest time for which a worker relies on a rate limit that it has read (default 30 s). forker caps it at half of `FORKER_STUCK_TIMEOUT`",
    ...milliseconds(1),
  },
  settings: {
    effect:
      "`backoffStrategy`: as in BullMQ. If the keeper ends the attempt, a living worker of the queue computes the delay; if none answers within five seconds, the job is retried at once. `repeatStrategy`, `repeatKeyHashAlgorithm`: as in BullMQ",
    expected: "{ backoffStrategy, repeatStrategy, repeatKeyHashAlgorithm } with two functions and a string",
    accepts: isSettings,
  },
  removeOnComplete: {
    effect: "As in BullMQ, also for jobs that the keeper ends. A job's own option wins",
    ...keepJobs,
  },
  removeOnFail: { effect: "As in BullMQ, also for jobs that the keeper ends. A job's own option wins", ...keepJobs },
  metrics: {
    effect: "As in BullMQ, also for jobs that the keeper ends: `queue.getMetrics()`",
    expected: "{ maxDataPoints } with a number above 0",
    accepts: isMetrics,
  },
  telemetry: {
    effect: "As in BullMQ. Jobs that the keeper ends have no spans, because the keeper runs no application code",
    expected: "a BullMQ telemetry object, with tracer and contextManager",
    accepts: isTelemetry,
  },
  lockDuration: {
    effect: "Replaces `FORKER_LOCK_DURATION` for this queue, also in the keeper",
    ...milliseconds(1_000),
  },
  lockRenewTime: {
    effect:
      "As in BullMQ; the default is half of the lock's duration. The keeper renews a lock that has less than half of its time left",
    ...milliseconds(1),
  },
  maxStalledCount: {
    effect:
      "How often BullMQ's stalled check returns a job to its queue (default 1). If you set it, it is also the number of worker deaths that a job survives; otherwise the third death fails the job",
    expected: "a number, 0 or more",
    accepts: (value) => isAtLeast(0, value),
  },
  maxStartedAttempts: {
    effect: "As in BullMQ, also for jobs that the keeper ends. The start of a job that is handed back counts, too",
    expected: "a number, 0 or more",
    accepts: (value) => isAtLeast(0, value),
  },
  stalledInterval: {
    effect: "As in BullMQ: the time between two stalled checks of this queue",
    ...milliseconds(1),
  },
  skipStalledCheck: { effect: "As in BullMQ: the workers do not look for stalled jobs of this queue", ...flag },
  drainDelay: {
    effect:
      "Seconds between two checks of a queue for which no marker has arrived (default 5). It rarely matters, because a new job wakes a worker at once",
    expected: "seconds above 0",
    accepts: (value) => isAtLeast(Number.MIN_VALUE, value),
  },
  runRetryDelay: {
    effect: "The delay before BullMQ repeats a job's last step after a connection error (forker's default is 1 s)",
    ...milliseconds(1),
  },
  skipVersionCheck: {
    effect: "No effect: no Worker checks the version of Redis. forker checks it once, and only logs what it finds",
    ...flag,
  },
  blockingConnection: {
    effect: "No effect, as in BullMQ: a worker has one blocking connection for all queues",
    ...flag,
  },
  name: {
    effect: "A job's `processedBy` begins with it: `NAME:host:pid:slot:instance`",
    expected: "a string",
    accepts: anyText,
  },
};

const isOff = (value: unknown) => value === false;
const noSandbox = {
  why: "a processor runs in the worker's own process, which is forked and can be replaced",
  instead: 'give `process` the path of the processor\'s module; `isolation: "job"` gives each job a new process',
};

export const refusedOptions = {
  connection: {
    why: "all queues of a worker share its connections",
    instead: "set forker.connection in setup(), or REDIS_URL",
  },
  prefix: { why: "all queues have one prefix", instead: "set forker.prefix in setup(), or FORKER_PREFIX" },
  autorun: {
    why: "forker decides when a worker takes jobs",
    instead: "suspend and resume workers with USR2 and CONT",
    accepts: (value: unknown) => value === true,
  },
  skipLockRenewal: {
    why: "the keeper renews the locks of all living workers, so a long job never runs twice",
    instead: "limit the time of a job with forker.timeLimits",
    accepts: isOff,
    insteadIfAdopted: "limit the time of a job with FORKER_TIME_LIMITS",
  },
  skipWaitingForReady: {
    why: "a worker waits for Redis for as long as it takes",
    instead: "probe /readyz, which fails while a worker has no connection",
    accepts: isOff,
    insteadIfAdopted: "probe /readyz, which fails while a worker has no connection",
  },
  useWorkerThreads: {
    ...noSandbox,
    accepts: isOff,
    ifAdopted: "as in BullMQ, unless the queue is isolated: docs/ISOLATION.md",
  },
  workerForkOptions: { ...noSandbox, ifAdopted: "as in BullMQ, whose sandbox runs the jobs" },
  workerThreadsOptions: { ...noSandbox, ifAdopted: "as in BullMQ, whose sandbox runs the jobs" },
} satisfies Readonly<Record<Exclude<keyof WorkerOptions, WorkerOptionName>, RefusedOption>>;

export function isHonoured(name: string): name is WorkerOptionName {
  return Object.hasOwn(honouredOptions, name);
}

export function refusalOf(name: string): RefusedOption | undefined {
  return Object.hasOwn(refusedOptions, name) ? refusedOptions[name as keyof typeof refusedOptions] : undefined;
}
