import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import type { HeldJobName } from "../../protocol/dead-worker.ts";
import type { JobStage } from "../../protocol/job-stage.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { Outcome, StoppedOutcome } from "./outcome.ts";

/** Why a job is interrupted, and with which outcome. */
export interface Ending {
  readonly reason: Error;
  /** The same for a job that does not heed its signal, and ends with its runner. undefined: the same error. */
  readonly lateReason?: Error | undefined;
  /** "dropped": the job no longer belongs to this worker, which writes nothing about it. */
  readonly outcome: StoppedOutcome | "dropped";
}

/** Why an isolated job ended with its runner. */
export function lastReason(ending: Ending | undefined): Error | undefined {
  return ending?.lateReason ?? ending?.reason;
}

/** A job that this process has taken and whose end is not yet written to Redis. */
export interface HeldJob {
  readonly lane: Lane;
  readonly job: BullJob;
  readonly token: string;
  /** When it started, and until then, when it was taken. Milliseconds since the epoch. */
  startedAt: number;
  /** The same instant, in monotonic milliseconds. */
  monotonicStartedAt: number;
  stage: JobStage;
  /** Its time limit has begun. */
  hasBegun: boolean;
  /** How long it waited for its start is measured. It may start again, in another runner. */
  isWaitMeasured: boolean;
  /** The job's entry in the worker's row; undefined: it has none. */
  readonly entry: number | undefined;
  /** How many stack traces of earlier attempts the job has. */
  readonly stacks: number;
  /** Set when the job is ordered to stop. */
  ending: Ending | undefined;
  /** The processor has returned or thrown without knowing of a stop. */
  endedByItself: boolean;
  /** How the processor ended. Set until BullMQ has written it to Redis. */
  outcome: Outcome | undefined;
  /** The processor does not run: the end is being written to Redis, which may assign the next job to the same token. */
  isFinishing: boolean;
  /** Created when the processor asks for its signal. */
  controller: AbortController | undefined;
  /** Kills the process that runs only this job. undefined: none does. */
  endRunner: ((why: string) => void) | undefined;
  /** Stops waiting for the processor. */
  enforce(reason: Error): void;
}

/** Is called at the steps of each job. */
export interface JobWatcher {
  taken(held: HeldJob): void;
  started(held: HeldJob): void;
  /** Its runner ended before it had started the job, which waits for another one. */
  waitsAgain(held: HeldJob): void;
  ended(held: HeldJob): void;
}

export function nameOf(held: { readonly lane: Lane; readonly job: BullJob }): JobName {
  return { queue: held.lane.queue, id: held.job.id ?? "?" };
}

/** Includes how often the job was started. */
export function heldNameOf(held: { readonly lane: Lane; readonly job: BullJob }): HeldJobName {
  return { ...nameOf(held), starts: held.job.attemptsStarted };
}
