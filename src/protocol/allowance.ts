/** How much a peer may send: so much at once, and so much in each second on the average. */
export interface AllowanceLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket, by a monotonic clock. */
export class Allowance {
  readonly #limits: AllowanceLimits;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(limits: AllowanceLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
    this.#left = limits.burst;
    this.#at = now();
  }

  /** False: there is not so much left, and this is spent in vain. */
  spend(amount: number): boolean {
    const now = this.#now();
    const { burst, perSecond } = this.#limits;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1_000) * perSecond) - amount;
    this.#at = now;
    return this.#left >= 0;
  }
}
