import { Draws } from "../../support/draws.ts";
import { VirtualTime } from "../time/virtual-time.ts";

/** The clock, and all that the seed decides about durations and order. */
export class Schedule {
  readonly time = new VirtualTime();
  readonly #draws: Draws;

  constructor(seed: number) {
    this.#draws = new Draws(seed, 2);
  }

  between(leastMs: number, mostMs: number): number {
    return leastMs + this.#draws.next() * (mostMs - leastMs);
  }

  chance(probability: number): boolean {
    return this.#draws.next() < probability;
  }

  below(limit: number): number {
    return this.#draws.below(limit);
  }

  /** The place of a task among those of the same instant. */
  rank = (): number => this.#draws.next();

  /** How long bytes in a local socket are under way: usually not at all. */
  delayMs = (): number => (this.chance(0.7) ? 0 : this.between(0, 5));
}
