/**
 * A suspect, a job that a worker has died with, runs alone in its worker. If it is the cause, its next death interrupts no
 * other job, and the third death proves it.
 *
 * "open": jobs run at the same time. "emptying": a suspect was taken and handed back, and no job is taken until none runs.
 * "alone": a suspect runs.
 */
export type IsolationState = "open" | "emptying" | "alone";

export class SuspectIsolation {
  #state: IsolationState = "open";

  get state(): IsolationState {
    return this.#state;
  }

  /** Whether a job that was just taken, and that `running` includes, may start. If not, the caller hands it back. */
  admits(isSuspect: boolean, running: number): boolean {
    if (this.#state === "alone") return false;
    if (!isSuspect) return true;
    this.#state = running > 1 ? "emptying" : "alone";
    return this.#state === "alone";
  }

  /** Called when a job has ended. `running`: how many remain. */
  jobEnded(running: number): void {
    if (running === 0) this.#state = "open";
  }
}
