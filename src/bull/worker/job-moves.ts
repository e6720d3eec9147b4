import type { CommandClient } from "../connection/new-client.ts";
import type { BullJob } from "../library/bull-types.ts";
import type { Bull } from "../library/load-bull.ts";
import { answerIn } from "../older/complete-job.ts";
import { mayFetchNext } from "../older/complete-worker.ts";
import { hasMoveToWait, moveToWait } from "../older/move-to-wait.ts";
import { finalOf, ownFinal } from "./error-kind.ts";
import { isRedisError } from "./refusals.ts";

/**
 * The steps in Redis that a job's end depends on. "complete", "fail": the job leaves the active list because it or one attempt
 * has ended. "wait": it goes back to its queue. "schedule": it stays, and its scheduler's next iteration is created.
 */
export type Move = "complete" | "fail" | "wait" | "schedule";

export function isEnd(move: Move): move is "complete" | "fail" {
  return move === "complete" || move === "fail";
}

/** Makes sure that a job's moves reach Redis. */
export interface Mover {
  /**
   * Calls `attempt` until it succeeds, and rejects if it gives up. `isRetry`: Redis has refused the move before. Resolves with
   * undefined if the move turned out to be made, and only its answer was lost.
   */
  move<Result>(move: Move, attempt: (isRetry: boolean) => Promise<Result>): Promise<Result | undefined>;
  /** BullMQ cannot record this failure, and the job now fails for good. */
  failsForGood(cause: unknown): void;
}

const setMover = Symbol("setMover");
const setEnded = Symbol("setEnded");
const putBackMove = Symbol("putBack");

/** From now on, BullMQ makes the moves of this job, which is of a class of persistentJobs(), through the mover. */
export function moveBy(job: BullJob, mover: Mover): void {
  (job as BullJob & { readonly [setMover]?: (mover: Mover) => void })[setMover]?.(mover);
}

/**
 * From now on, a processor that goes on cannot move this job: its own moves reject with this error. forker does not wait for it, and
 * ends the job. Otherwise the processor could move the job while Redis refuses that end. `moveToFailed` is left as it is: BullMQ
 * itself calls it then.
 */
export function endWithoutProcessor(job: BullJob, reason: Error): void {
  (job as BullJob & { readonly [setEnded]?: (reason: Error) => void })[setEnded]?.(reason);
}

/** Moves the job back to its queue, whether or not its processor can still do so. */
export async function putBack(job: BullJob, token: string): Promise<void> {
  const own = (job as BullJob & { readonly [putBackMove]?: (token: string) => Promise<unknown> })[putBackMove];
  await (own === undefined ? job.moveToWait(token) : own.call(job, token));
}

/**
 * BullMQ tries only once to write the end of a job. If Redis refuses it temporarily, a completed job is recorded as failed with
 * Redis' error, or its end is not recorded at all. The movers of these jobs make their moves. Only the first attempt also takes
 * the next job: the worker may be leaving by the time of a later one.
 */
export function persistentJobs(bull: Bull, client: CommandClient): Bull["api"]["Job"] {
  const { api } = bull;
  type Job = InstanceType<Bull["api"]["Job"]>;
  class PersistentJob extends api.Job {
    /** Not in a WeakMap: V8's scavenger takes all values of one for reachable, and would promote every job to the old space. */
    #mover: Mover | undefined;
    /** Why the job ends without its processor. */
    #ended: Error | undefined;

    [setMover](mover: Mover) {
      this.#mover = mover;
    }

    [setEnded](reason: Error) {
      this.#ended = reason;
    }

    override moveToCompleted(...[value, token, fetchNext = true]: Parameters<Job["moveToCompleted"]>) {
      if (this.#ended !== undefined) return Promise.reject(this.#ended);
      return this.#move("complete", (isRetry) => super.moveToCompleted(value, token, fetchNext && !isRetry));
    }

    override moveToFailed(error: Error, token: string, fetchNext = false): ReturnType<Job["moveToFailed"]> {
      const stacktrace = [...(this.stacktrace ?? [])];
      const write = async (reason: Error, isRetry: boolean) => {
        const takesNext = fetchNext && !isRetry && mayFetchNext(this);
        try {
          return await super.moveToFailed(ownFinal(api, reason), token, takesNext);
        } catch (cause) {
          throw answerIn(cause);
        }
      };
      return this.#move("fail", async (isRetry) => {
        // Each attempt adds the error's stack trace.
        this.stacktrace = [...stacktrace];
        try {
          return await write(error, isRetry);
        } catch (cause) {
          const mover = this.#mover;
          if (mover === undefined || isRedisError(cause)) throw cause;
          // For example, the back-off strategy is unknown: the job would stay active, and run repeatedly.
          this.stacktrace = [...stacktrace];
          const next = await write(finalOf(api, error), isRetry);
          mover.failsForGood(cause);
          return next;
        }
      });
    }

    override moveToWait(token?: string) {
      return this.#ended === undefined ? this[putBackMove](token) : Promise.reject(this.#ended);
    }

    override moveToDelayed(...values: Parameters<Job["moveToDelayed"]>) {
      return this.#ended === undefined ? super.moveToDelayed(...values) : Promise.reject(this.#ended);
    }

    override moveToWaitingChildren(...values: Parameters<Job["moveToWaitingChildren"]>) {
      return this.#ended === undefined ? super.moveToWaitingChildren(...values) : Promise.reject(this.#ended);
    }

    [putBackMove](token?: string) {
      return this.#move("wait", () =>
        hasMoveToWait(bull)
          ? super.moveToWait(token)
          : moveToWait(bull, client, this as unknown as BullJob, token ?? ""),
      );
    }

    /** Not async: each promise is part of the cost of a short job. */
    #move<Result>(move: Move, attempt: (isRetry: boolean) => Promise<Result>): Promise<Result> {
      return this.#mover === undefined ? attempt(false) : (this.#mover.move(move, attempt) as Promise<Result>);
    }
  }
  return PersistentJob as unknown as Bull["api"]["Job"];
}
