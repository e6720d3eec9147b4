import type { HeldLocks } from "../../bull/keys/held-locks.ts";
import type { HeldJob } from "../jobs/held-job.ts";

export interface WaitingMarksParts {
  readonly locks: Pick<HeldLocks, "markWaiting" | "unmarkWaiting">;
  /** Called when Redis has refused a command. */
  readonly failed: (error: unknown) => void;
}

/**
 * Marks in Redis the jobs that wait for a runner. The board says the same to init; these marks are for the keeper of another forker,
 * which finds the jobs if this one is killed as a whole. The worker does not wait for the replies: Redis carries out the commands of a
 * connection in order, and a runner needs longer to begin than the command that is sent before its job.
 */
export class WaitingMarks {
  readonly #parts: WaitingMarksParts;
  readonly #marked = new Set<HeldJob>();

  constructor(parts: WaitingMarksParts) {
    this.#parts = parts;
  }

  waits(held: HeldJob): void {
    if (this.#marked.has(held)) return;
    this.#marked.add(held);
    const { lane, job, token } = held;
    this.#parts.locks.markWaiting(lane.keys, { id: job.id ?? "", token }).catch(this.#parts.failed);
  }

  /**
   * Called when the job gets a runner, and when it is no longer held. A job that is handed back keeps its mark until then: the process
   * may be killed before it has written that, because init's channel ends before the kernel kills the others of its PID namespace.
   */
  waitsNoLonger(held: HeldJob): void {
    if (!this.#marked.delete(held)) return;
    const { lane, job } = held;
    this.#parts.locks.unmarkWaiting(lane.keys, job.id ?? "", job.processedOn ?? 0).catch(this.#parts.failed);
  }
}
