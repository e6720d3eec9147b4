import type { PageTotals, Throughput } from "./page-state.ts";

/** Five minutes. */
const samplesAtMost = 300;
const sampleMs = 1_000;

/** Jobs per second of the last minutes, from totals that only grow. Reading the totals is all that it costs. */
export class ThroughputHistory {
  readonly #samples: Throughput[] = [];
  #last: { readonly at: number; readonly totals: PageTotals } | undefined;

  /** Called at least once a second; takes a sample if a second has passed. `at`: milliseconds since 1970. */
  sample(at: number, totals: () => PageTotals): void {
    const last = this.#last;
    if (last !== undefined && at - last.at < sampleMs) return;
    const now = totals();
    this.#last = { at, totals: now };
    if (last === undefined) return;
    const perSecond = (what: keyof PageTotals) => {
      const rate = ((now[what] - last.totals[what]) * 1_000) / (at - last.at);
      return Math.max(0, Math.round(rate * 10) / 10);
    };
    this.#samples.push([Math.round(at), perSecond("completed"), perSecond("failed"), perSecond("handedBack")]);
    if (this.#samples.length > samplesAtMost) this.#samples.shift();
  }

  /** The samples after this instant. */
  after(at: number): Throughput[] {
    return this.#samples.filter((sample) => sample[0] > at);
  }
}
