/**
 * A job that a worker has died with runs alone from then on: should it be the cause, it takes no other along the next
 * time, and by the third death it is known to be.
 *
 * "open": jobs are taken beside each other. "emptying": such a job was here, and is looked for again once nothing runs.
 * "alone": it runs.
 */
export type IsolationState = "open" | "emptying" | "alone";

export class SuspectIsolation {
  #state: IsolationState = "open";

  get state(): IsolationState {
    return this.#state;
  }

  /** Whether a job that was just taken may begin, being one of so many. If not, it belongs to the front of its queue again. */
  admits(isSuspect: boolean, running: number): boolean {
    if (this.#state === "alone") return false;
    if (!isSuspect) return true;
    this.#state = running > 1 ? "emptying" : "alone";
    return this.#state === "alone";
  }

  /** A job ended, and so many are left. */
  jobEnded(running: number): void {
    if (running === 0) this.#state = "open";
  }
}
