import type { WorkerOptions } from "bullmq";

/** BullMQ's default of maximumRateLimitDelay. */
const maximumRateLimitDelayMs = 30_000;
/** The delay before BullMQ retries a job's last step after a connection error. Its default of 15 s is for its polling loop. */
const runRetryDelayMs = 1_000;
/** BullMQ's default of drainDelay, after which a Worker looks at its queue if nothing has woken it. */
const drainDelaySeconds = 5;

/** What all lanes of a process have in common. */
export interface LaneOptions {
  readonly prefix: string;
  /** host:pid:slotN:instance, which BullMQ stores as a job's `processedBy`. */
  readonly workerName: string;
  /** For queues that have no lockDuration of their own. */
  readonly lockDurationMs: number;
  /** No rate limit is trusted for longer than this: see Lane.limitedUntil. */
  readonly longestLimitMs: number;
}

/** BullMQ's Worker options of one queue, as the application gives them. */
export type QueueOptionsOfLane = {
  readonly [Name in keyof Omit<WorkerOptions, "connection">]?: WorkerOptions[Name] | undefined;
};

/** How forker treats one queue. */
export interface LaneTraits {
  readonly lockDurationMs: number;
  readonly longestLimitMs: number;
  /** The time between two looks at the queue without a marker. */
  readonly drainDelayMs: number;
  /** The time between two stalled checks. undefined: they are skipped. */
  readonly stalledIntervalMs: number | undefined;
  /** The shorter of these two times, as far as the application has given them. */
  readonly maintenanceMs: number;
  readonly maxStartedAttempts: number | undefined;
  /** Whether a job that has no option of its own is removed at its end. */
  readonly removesCompleted: boolean;
  readonly removesFailed: boolean;
}

export function traitsOf(common: LaneOptions, own: QueueOptionsOfLane): LaneTraits {
  const lockDurationMs = own.lockDuration ?? common.lockDurationMs;
  const drainDelayMs = (own.drainDelay ?? drainDelaySeconds) * 1_000;
  const checksStalled = own.skipStalledCheck !== true;
  return {
    lockDurationMs,
    longestLimitMs: Math.min(common.longestLimitMs, own.maximumRateLimitDelay ?? maximumRateLimitDelayMs),
    drainDelayMs,
    stalledIntervalMs: checksStalled ? (own.stalledInterval ?? lockDurationMs) : undefined,
    maintenanceMs: Math.min(drainDelayMs, (checksStalled ? own.stalledInterval : undefined) ?? Infinity),
    maxStartedAttempts: own.maxStartedAttempts === 0 ? undefined : own.maxStartedAttempts,
    removesCompleted: own.removeOnComplete?.count === 0,
    removesFailed: own.removeOnFail?.count === 0,
  };
}

/** The options of the Worker of a lane, which has neither a loop nor a connection of its own. */
export function workerOptionsOf(common: LaneOptions, own: QueueOptionsOfLane): Omit<WorkerOptions, "connection"> {
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return {
    runRetryDelay: runRetryDelayMs,
    lockDuration: common.lockDurationMs,
    ...given,
    autorun: false,
    prefix: common.prefix,
    // The end of the name tells the next forker whose job it was.
    name: own.name === undefined ? common.workerName : `${own.name}:${common.workerName}`,
  };
}
