import { type Clock, monotonicClock } from "./monotonic.ts";

/** Work of which one runs at a time. One that hangs is left behind after a while, so that it is not the last for ever. */
export class Turns {
  readonly #patienceMs: number;
  readonly #clock: Clock;
  #turn: { readonly sinceMs: number } | undefined;

  constructor(patienceMs: number, clock: Clock = monotonicClock) {
    this.#patienceMs = patienceMs;
    this.#clock = clock;
  }

  /** Does nothing while another turn is taken. */
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
