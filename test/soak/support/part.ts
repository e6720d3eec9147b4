import type { Trend } from "./vitals.ts";

export interface SoakOptions {
  readonly forks: number;
  readonly seed: number;
  readonly node: string;
  /** Keeps everything as it is at the first violation, for a debugger. */
  readonly hold: boolean;
  /** Each job of the entrypoint runs in a process of its own. */
  readonly isolation: boolean;
}

/** What one part of the soak test observed. Any violation fails the whole test. */
export interface PartReport {
  readonly title: string;
  readonly forks: number;
  readonly seconds: number;
  /** The number of workers by end: `exit 0`, `SIGKILL`. */
  readonly ends: ReadonlyMap<string, number>;
  readonly trends: readonly Trend[];
  readonly latencies: readonly Latency[];
  readonly facts: readonly (readonly [what: string, figure: string])[];
  readonly violations: readonly string[];
}

/** One latency for every fork, in order. */
export interface Latency {
  readonly what: string;
  readonly ms: readonly number[];
}

/** The number of first and last forks that are compared. */
export function thousandOf(forks: number): number {
  return Math.min(1_000, Math.floor(forks / 4));
}
