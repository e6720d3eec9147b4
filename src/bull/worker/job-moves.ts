import type { BullJob } from "../library/bull-types.ts";
import type { Bull } from "../library/load-bull.ts";
import { isRedisError } from "./refusals.ts";

/**
 * What a job needs Redis for that its end depends on. "end": it leaves the active list for its end, the end of an attempt too;
 * "wait": it goes back to its queue; "schedule": it stays, and its scheduler's next iteration is created.
 */
export type Move = "end" | "wait" | "schedule";

/** Who sees to it that a job's moves reach Redis. */
export interface Mover {
  /**
   * Calls `attempt` until it succeeds, or is given up: then this rejects. `isRetry`: Redis has refused it before. undefined: it
   * turned out to be done, and the answer was lost.
   */
  move<Result>(move: Move, attempt: (isRetry: boolean) => Promise<Result>): Promise<Result | undefined>;
  /** BullMQ cannot record this failure, and the job now fails for good. */
  failsForGood(cause: unknown): void;
}

const movers = new WeakMap<BullJob, Mover>();

/** From now on BullMQ moves this job by way of the mover. */
export function moveBy(job: BullJob, mover: Mover): void {
  movers.set(job, mover);
}

/**
 * BullMQ tries the end of a job once: where Redis refuses it for a moment, a job that is done is recorded as failed with Redis'
 * refusal, or not at all. These jobs' moves are made by their movers. Only the first attempt takes the next job as well: by the
 * time of another one the worker may be leaving.
 */
export function persistentJobs({ api }: Bull): Bull["api"]["Job"] {
  type Job = InstanceType<Bull["api"]["Job"]>;
  const moved = async <Result>(job: Job, move: Move, attempt: (isRetry: boolean) => Promise<Result>) => {
    const mover = movers.get(job);
    return (mover === undefined ? await attempt(false) : await mover.move(move, attempt)) as Result;
  };
  class PersistentJob extends api.Job {
    override moveToCompleted(...[value, token, fetchNext = true]: Parameters<Job["moveToCompleted"]>) {
      return moved(this, "end", (isRetry) => super.moveToCompleted(value, token, fetchNext && !isRetry));
    }

    override moveToFailed(error: Error, token: string, fetchNext = false): ReturnType<Job["moveToFailed"]> {
      const stacktrace = [...(this.stacktrace ?? [])];
      return moved(this, "end", async (isRetry) => {
        // Each attempt adds the error's.
        this.stacktrace = [...stacktrace];
        try {
          return await super.moveToFailed(error, token, fetchNext && !isRetry);
        } catch (cause) {
          const mover = movers.get(this);
          if (mover === undefined || isRedisError(cause)) throw cause;
          // A back-off strategy that nobody here knows, say: the job would stay active, and run again and again.
          this.stacktrace = [...stacktrace];
          const final = new api.UnrecoverableError(error.message);
          if (error.stack !== undefined) final.stack = error.stack;
          const next = await super.moveToFailed(final, token, fetchNext && !isRetry);
          mover.failsForGood(cause);
          return next;
        }
      });
    }

    override moveToWait(token?: string) {
      return moved(this, "wait", () => super.moveToWait(token));
    }
  }
  return PersistentJob as unknown as Bull["api"]["Job"];
}
