/**
 * How long a process may wait for the reader of its log: a share of each second, however many lines are written in it. A
 * reader that is always a little late would otherwise cost its time for each of them.
 */
export class Patience {
  readonly #perSecondMs: number;
  readonly #now: () => number;
  #since = -Infinity;
  #spentMs = 0;

  constructor(perSecondMs: number, now: () => number = () => performance.now()) {
    this.#perSecondMs = perSecondMs;
    this.#now = now;
  }

  /** Waits, unless this second's share is used up: then false. */
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
