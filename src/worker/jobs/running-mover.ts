import { isEnd, type Move, type Mover } from "../../bull/worker/job-moves.ts";
import type { JobMover } from "./job-mover.ts";

/** The mover of a job that Redis has refused to move. */
export type RefusedJobMover = Pick<JobMover, "move" | "retry" | "failsForGood">;

export interface RunningMoverParts {
  /** Whether the processor has ended: what it moves itself is its own affair, and it receives BullMQ's answers. */
  readonly isFinishing: () => boolean;
  readonly now: () => number;
  readonly mover: () => RefusedJobMover;
  /** Called with each error that a move ends with. Returns the error that BullMQ must act on. */
  readonly failed: (move: Move, cause: unknown) => unknown;
}

/**
 * Makes the moves of a job that runs. It creates the mover when Redis first refuses a move: for every other job that would be
 * a large part of the cost.
 */
export class RunningMover implements Mover {
  readonly #parts: RunningMoverParts;
  #mover: RefusedJobMover | undefined;
  /** Why the end of the job is not written; undefined: it is written, or nothing has tried to. */
  refusal: unknown;

  constructor(parts: RunningMoverParts) {
    this.#parts = parts;
  }

  move<Result>(move: Move, attempt: (isRetry: boolean) => Promise<Result>): Promise<Result | undefined> {
    if (!this.#parts.isFinishing()) return attempt(false);
    if (this.#mover !== undefined) return this.#note(move, this.#mover.move(move, attempt));
    const beganMs = this.#parts.now();
    return attempt(false).catch((cause: unknown) => {
      this.#mover = this.#parts.mover();
      return this.#note(move, this.#mover.retry(move, attempt, { cause, beganMs }));
    });
  }

  failsForGood(cause: unknown): void {
    (this.#mover ?? this.#parts.mover()).failsForGood(cause);
  }

  async #note<Result>(move: Move, moved: Promise<Result>): Promise<Result> {
    try {
      const result = await moved;
      this.refusal = undefined;
      return result;
    } catch (cause) {
      if (isEnd(move)) this.refusal = cause;
      throw this.#parts.failed(move, cause);
    }
  }
}
