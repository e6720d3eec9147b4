import { Draws } from "../../support/draws.ts";
import { fallingLoad, rangeLosesItsEnd, uncountedJobs } from "./combinations/demand.ts";
import { lateRules, orderReadTwice } from "./combinations/fleet.ts";
import { longDrain, quarantineAtTheEnd } from "./combinations/leaving.ts";
import type { Combine } from "./combinations/parts.ts";
import { blockedAfterSignal, deafHearers, frozenAfterKill, refusedKill } from "./combinations/processes.ts";
import { longReload, reloadInReload } from "./combinations/reloads.ts";
import { noMoreForks, runnersThatStay } from "./combinations/runners.ts";
import type { Release, Scenario } from "./scenario.ts";

/** Every eleventh world has one: those whose seeds leave this remainder. */
const everySeeds = 11;
const remainder = 6;

/** The worlds take them in turns. */
const combinations: readonly Combine[] = [
  frozenAfterKill,
  deafHearers,
  refusedKill,
  quarantineAtTheEnd,
  longDrain,
  longReload,
  reloadInReload,
  rangeLosesItsEnd,
  fallingLoad,
  uncountedJobs,
  orderReadTwice,
  lateRules,
  runnersThatStay,
  noMoreForks,
  blockedAfterSignal,
];

/**
 * Gives some worlds, in place of their own faults, faults that are seldom drawn at the same time, and the settings, releases and load with
 * which they show what they do. Drawn apart from the rest, so that all other worlds stay as they are.
 */
export function combine(world: Scenario): Scenario {
  const { seed } = world;
  const combination = combinations[Math.floor(seed / everySeeds) % combinations.length];
  if (seed % everySeeds !== remainder || combination === undefined) return world;
  const { faults, settings, release, jobEveryMs, farewell, fleetReadMs } = combination(new Draws(seed, 4));
  const good = world.releases.at(-1) as Release;
  return {
    ...world,
    hasBoard: true,
    settings: { ...world.settings, ...settings },
    releases: world.releases.map(() => ({ ...good, ...release })),
    jobEveryMs: jobEveryMs ?? world.jobEveryMs,
    farewell: farewell ?? world.farewell,
    fleetReadMs,
    faults: faults.toSorted((one, other) => one.atMs - other.atMs),
  };
}
