/**
 * Limits how long a process waits for the reader of its log: to a share of each second, however many lines it writes. Without
 * the limit, a reader that is always a little late would delay the process at every line.
 */
export class WaitBudget {
  readonly #perSecondMs: number;
  readonly #now: () => number;
  #since = -Infinity;
  #spentMs = 0;

  constructor(perSecondMs: number, now: () => number = () => performance.now()) {
    this.#perSecondMs = perSecondMs;
    this.#now = now;
  }

  /** Waits, and returns true; returns false without waiting if this second's share is used up. */
  spend(wait: () => void): boolean {
    const before = this.#now();
    if (before - this.#since >= 1_000) {
      this.#since = before;
      this.#spentMs = 0;
    }
    if (this.#spentMs >= this.#perSecondMs) return false;
    wait();
    this.#spentMs += this.#now() - before;
    return true;
  }
}
