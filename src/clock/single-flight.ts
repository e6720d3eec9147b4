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

const maximumSkipped = 4;

/** Runs one call at a time: skips a call while the last one still waits, but abandons one that hangs. */
export function setSingleFlightInterval(everyMs: number, call: () => Promise<void>): NodeJS.Timeout {
  const singleFlight = new SingleFlight(maximumSkipped * everyMs);
  return setInterval(() => void singleFlight.run(call), everyMs);
}
