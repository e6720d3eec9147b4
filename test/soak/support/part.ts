import type { Trend } from "./vitals.ts";

export interface SoakOptions {
  readonly forks: number;
  readonly seed: number;
  readonly node: string;
  /** At the first violation everything is kept as it is, for a debugger. */
  readonly hold: boolean;
}

/** What one part of the soak saw. Any violation is a failure of the whole. */
export interface PartReport {
  readonly title: string;
  readonly forks: number;
  readonly seconds: number;
  /** How workers ended, and how many each way: `exit 0`, `SIGKILL`. */
  readonly ends: ReadonlyMap<string, number>;
  readonly trends: readonly Trend[];
  readonly latencies: readonly Latency[];
  readonly facts: readonly (readonly [what: string, figure: string])[];
  readonly violations: readonly string[];
}

/** Of one thing, for every fork in order. */
export interface Latency {
  readonly what: string;
  readonly ms: readonly number[];
}

/** How many forks at each end are held against each other. */
export function thousandOf(forks: number): number {
  return Math.min(1_000, Math.floor(forks / 4));
}
