import * as v from "valibot";
import { count, jobName } from "./fields.ts";
import { longestUnwrittenEnds, type UnwrittenEnd } from "./unwritten-end.ts";

/** A job that a worker holds or held. Redis' count of its starts distinguishes this run of the job from any other. */
export const heldJob = v.object({
  ...jobName.entries,
  starts: v.optional(count),
  /** false: no code of the application has run for it, so that it is not the cause of its worker's death. */
  hasStarted: v.optional(v.boolean()),
  /** The whole id, if `id` is its short form and there is room. The keeper needs it for a job that is in no list. */
  longId: v.optional(v.pipe(v.string(), v.maxLength(longestUnwrittenEnds))),
});
export type HeldJobName = v.InferOutput<typeof heldJob>;

/**
 * How many deaths of a worker, or of a job's own process, a job survives. With the next one it fails, so that it cannot bring down
 * the whole fleet. A queue's maxStalledCount wins.
 */
export const defaultDeathsAtMost = 2;

/** How a job ends that is cut short with its worker. Jobs that are not named are handed back. */
export interface JobEnding extends v.InferOutput<typeof jobName> {
  readonly outcome: "fail" | "retry" | "handback";
  readonly message: string;
  /** The name of its error. A final failure has an UnrecoverableError instead, as BullMQ requires. */
  readonly error: "JobStoppedError" | "JobTimeoutError";
}

/** The jobs of a worker that has ended: what init knows about them, and what the keeper needs to hand them back. */
export interface DeadWorker {
  /** The id of the worker. Ids are not reused. */
  readonly worker: number;
  /** For the log, as `workerPid` is. */
  readonly slot: number;
  readonly workerPid: number | undefined;
  /** The prefix of the tokens of its locks. */
  readonly lockOwner: string;
  readonly queues: readonly string[];
  /** The jobs that the worker held, as far as init knows. Redis may know of more. */
  readonly holding: readonly HeldJobName[];
  readonly reason: string;
  /** Whether the death counts against the jobs. It does not if forker itself ended the worker. */
  readonly counts: boolean;
  /** How some of the jobs end instead of being handed back. */
  readonly endings: readonly (JobEnding | UnwrittenEnd)[];
}
