/** How much a peer may send: `burst` at once, and `perSecond` on average. */
export interface AllowanceLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket on a monotonic clock. */
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

  /** Returns false if less than this amount is left. The amount is spent all the same. */
  spend(amount: number): boolean {
    const now = this.#now();
    const { burst, perSecond } = this.#limits;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1_000) * perSecond) - amount;
    this.#at = now;
    return this.#left >= 0;
  }
}
