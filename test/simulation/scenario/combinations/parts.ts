import type { Settings } from "../../../../src/config/settings.ts";
import type { Draws } from "../../../support/draws.ts";
import type { Fault, Release } from "../scenario.ts";

/** Faults that fit together, and the settings, the releases and the load with which they show what they do. */
export interface Combination {
  readonly faults: readonly Fault[];
  readonly settings?: Partial<Settings>;
  /** Of all releases. */
  readonly release?: Partial<Release>;
  /** undefined: as the world has drawn it. */
  readonly jobEveryMs?: number;
  readonly farewell?: "SIGTERM" | "SIGQUIT";
  readonly fleetReadMs?: number;
}

export type Combine = (draws: Draws) => Combination;

/** No job but those of the faults. */
export const idleEveryMs = 1_000_000;

/** init has been up for a while by then. */
const firstAtMs = 20_000;
/** Everything that one attempt breaks is repaired by then. */
const attemptMs = 95_000;

export function between(draws: Draws, leastMs: number, mostMs: number): number {
  return leastMs + draws.below(mostMs - leastMs + 1);
}

export function several<One>(draws: Draws, least: number, most: number, one: () => One): One[] {
  return Array.from({ length: least + draws.below(most - least + 1) }, one);
}

/** The same faults three times in one world, each time with instants of their own. All end before the world calms down. */
export function attempts(draws: Draws, faultsAt: (atMs: number) => readonly Fault[]): Fault[] {
  return [0, 1, 2].flatMap((number) => faultsAt(firstAtMs + number * attemptMs + draws.below(5_000)));
}

export function jobs(atMs: number, nature: "good" | "deaf" | "blocks", durationMs: number, count = 1): Fault {
  return { kind: "jobs", nature, durationMs, count, atMs };
}

export function signal(atMs: number, name: NodeJS.Signals): Fault {
  return { kind: "signal", signal: name, atMs };
}
