/**
 * Whose turn it is, so that each gets a share in proportion to its weight (stride scheduling). Each has a *pass*, which grows by one over
 * its weight whenever it gets a turn; the lowest pass is next. One that is passed over has nothing to do, and its pass moves on with the others: none saves up
 * turns.
 */
export class Shares<One> {
  readonly #weightOf: (one: One) => number;
  readonly #passes = new Map<One, number>();
  /** The pass of the one that got the latest turn, before that. */
  #current = 0;

  constructor(weightOf: (one: One) => number) {
    this.#weightOf = weightOf;
  }

  /** These in the order of their turns. Among equals, the first is next. */
  ordered(all: readonly One[]): readonly One[] {
    return all.toSorted((one, other) => this.#passOf(one) - this.#passOf(other));
  }

  /** It got a turn, and those before it had nothing to do. */
  took(taker: One): void {
    const pass = this.#passOf(taker);
    this.#current = pass;
    for (const [one, own] of this.#passes) if (own < pass) this.#passes.set(one, pass);
    this.#passes.set(taker, pass + 1 / this.#weightOf(taker));
  }

  /** A new one begins where the others are. */
  keepOnly(all: readonly One[]): void {
    for (const one of this.#passes.keys()) if (!all.includes(one)) this.#passes.delete(one);
    for (const one of all) if (!this.#passes.has(one)) this.#passes.set(one, this.#current);
  }

  #passOf(one: One): number {
    return this.#passes.get(one) ?? this.#current;
  }
}
