import { type Clock, monotonicClock } from "./monotonic.ts";

/** Runs one piece of work at a time. One that hangs is abandoned after a while, so that others can run. */
export class SingleFlight {
  readonly #abandonAfterMs: number;
  readonly #clock: Clock;
  #current: { readonly sinceMs: number } | undefined;

  constructor(abandonAfterMs: number, clock: Clock = monotonicClock) {
    this.#abandonAfterMs = abandonAfterMs;
    this.#clock = clock;
  }

  /** Does nothing while other work runs. */
  async run(work: () => Promise<unknown>): Promise<void> {
    const sinceMs = this.#clock.now();
    if (this.#current !== undefined && sinceMs - this.#current.sinceMs < this.#abandonAfterMs) return;
    const current = { sinceMs };
    this.#current = current;
    try {
      await work();
    } finally {
      if (this.#current === current) this.#current = undefined;
    }
  }
}
