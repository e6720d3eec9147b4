import { type Clock, monotonicClock } from "./monotonic.ts";

/** Runs one piece of work at a time. One that hangs is abandoned after a while, so that others can run. */
export class Turns {
  readonly #patienceMs: number;
  readonly #clock: Clock;
  #turn: { readonly sinceMs: number } | undefined;

  constructor(patienceMs: number, clock: Clock = monotonicClock) {
    this.#patienceMs = patienceMs;
    this.#clock = clock;
  }

  /** Does nothing while other work runs. */
  async take(work: () => Promise<unknown>): Promise<void> {
    const sinceMs = this.#clock.now();
    if (this.#turn !== undefined && sinceMs - this.#turn.sinceMs < this.#patienceMs) return;
    const turn = { sinceMs };
    this.#turn = turn;
    try {
      await work();
    } finally {
      if (this.#turn === turn) this.#turn = undefined;
    }
  }
}
