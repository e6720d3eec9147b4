/*
 * The layout of BullMQ's keys in Redis, which forker's scripts read and write. BullMQ does not document it;
 * test/process/bullmq-contract.test.ts checks it against the supported versions.
 */

/** The keys of one queue that forker uses, by their suffixes. */
export interface QueueKeys {
  readonly marker: string;
  readonly wait: string;
  /** Version 5 has the jobs of a paused queue here, and puts them in place of "wait" when the queue is resumed. */
  readonly paused: string;
  readonly prioritized: string;
  readonly delayed: string;
  readonly meta: string;
  readonly active: string;
  readonly stalled: string;
  readonly limiter: string;
  readonly events: string;
  /** The prefix of the keys of the queue's jobs. */
  readonly "": string;
}

export const queueKeyNames = [
  "marker",
  "wait",
  "paused",
  "prioritized",
  "delayed",
  "meta",
  "active",
  "stalled",
  "limiter",
  "events",
  "",
] as const satisfies (keyof QueueKeys)[];

/** The fields of a job's hash that forker uses. */
export const jobField = {
  data: "data",
  options: "opts",
  progress: "progress",
  parent: "parent",
  parentKey: "parentKey",
  timestamp: "timestamp",
  priority: "priority",
  stacktrace: "stacktrace",
  /** How many attempts have started, and how many of them have ended. */
  attemptsStarted: "ats",
  attemptsMade: "atm",
  /** The name of the Worker that last took the job. */
  processedBy: "pb",
  processedOn: "processedOn",
  finishedOn: "finishedOn",
  failedReason: "failedReason",
  /** How often the stalled check has found the job; the second one before version 5.49. */
  stalledCounter: "stc",
  olderStalledCounter: "stalledCounter",
} as const;

/** A field of a parent's hash: the failure of a child, with which the parent fails when a worker takes it. */
export const deferredFailure = "defa";

/** The suffixes of the keys in which a parent records its children: those that are pending, completed, and failed. */
export const childKeys = {
  dependencies: ":dependencies",
  processed: ":processed",
  unsuccessful: ":unsuccessful",
  failed: ":failed",
} as const;

/** The sets and lists of a queue. A job is in one of them. */
export const places = {
  sets: ["completed", "failed", "delayed", "prioritized", "waiting-children"],
  lists: ["active", "wait", "paused"],
} as const;

/** The fields of a queue's `meta` hash that decide whether a worker may take a job. */
export const metaField = { paused: "paused", concurrency: "concurrency", rateLimit: "max" } as const;

/** The field of the `meta` hash that bounds the stream of events, and its default. */
export const eventsLimit = { field: "opts.maxLenEvents", default: 10_000 } as const;

/** The score of a prioritized job is its priority, times this factor, plus a counter. 0 puts it in front of its equals. */
export const priorityScoreFactor = 0x100000000;

/** The suffix of the key of a job's lock. The value of the key is the token of the job's holder. */
export const lockSuffix = ":lock";

/**
 * The members of a queue's `marker` set: there may be a job (its score is 0), or a delayed job is due (its score is the time).
 * Before version 5.2, a delayed job has the member of the other kind.
 */
export const markerMember = { job: "0", delayed: "1" } as const;

/** The score of a delayed job is the time at which it is due, times this factor, plus a counter. */
export const delayedScoreFactor = 4096;

export function jobKey(keys: QueueKeys, jobId: string): string {
  return `${keys[""]}${jobId}`;
}

export function lockKey(keys: QueueKeys, jobId: string): string {
  return `${jobKey(keys, jobId)}${lockSuffix}`;
}
