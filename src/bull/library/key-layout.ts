/*
 * How BullMQ lays out its keys in Redis. BullMQ does not document it, and forker's scripts read and write these keys.
 * test/process/bullmq-contract.test.ts checks it against each supported major version.
 */

/** The keys of one queue that forker uses, by what they end with. */
export interface QueueKeys {
  readonly marker: string;
  readonly wait: string;
  readonly prioritized: string;
  readonly delayed: string;
  readonly meta: string;
  readonly active: string;
  readonly stalled: string;
  readonly limiter: string;
  /** What the keys of the queue's jobs begin with. */
  readonly "": string;
}

export const queueKeyNames = [
  "marker",
  "wait",
  "prioritized",
  "delayed",
  "meta",
  "active",
  "stalled",
  "limiter",
  "",
] as const satisfies (keyof QueueKeys)[];

/** The fields of a job's hash that forker names. */
export const jobField = {
  data: "data",
  options: "opts",
  progress: "progress",
  parent: "parent",
  parentKey: "parentKey",
  timestamp: "timestamp",
  priority: "priority",
  stacktrace: "stacktrace",
  /** How many attempts were started, and how many of them ended. */
  attemptsStarted: "ats",
  attemptsMade: "atm",
  /** The name of the Worker that took the job last. */
  processedBy: "pb",
  processedOn: "processedOn",
  finishedOn: "finishedOn",
} as const;

/** The fields of a queue's `meta` hash that say whether anybody may take a job. */
export const metaField = { paused: "paused", concurrency: "concurrency", rateLimit: "max" } as const;

/** What the key of a job's lock ends with; its value is the token of whoever holds the job. */
export const lockSuffix = ":lock";

/** The members of a queue's `marker` set: there may be a job (its score is 0), or a delayed job is due (its score is the time). */
export const markerMember = { job: "0", delayed: "1" } as const;

/** The score of a delayed job is the time at which it is due, times this, plus a counter. */
export const delayedScoreFactor = 4096;

export function jobKey(keys: QueueKeys, jobId: string): string {
  return `${keys[""]}${jobId}`;
}

export function lockKey(keys: QueueKeys, jobId: string): string {
  return `${jobKey(keys, jobId)}${lockSuffix}`;
}
