import { Draws } from "../../support/draws.ts";
import { combine } from "./draw-combination.ts";
import { drawFault, drawFleetOrder, drawRunnerFault } from "./draw-fault.ts";
import { calmAtMs, type Fault, judgedAtMs, type Release, type Scenario } from "./scenario.ts";

/** From before the farewell until after it. */
const lateForMs = 25_000;

const outlastingTimes = 5;
/** Of the releases, so many have a range. */
const rangeShare = 0.4;

/** How many worlds have runners. */
const isolatedShare = 0.4;

/** The scenario of a seed. */
export function drawScenario(seed: number): Scenario {
  return combine(drawPlainScenario(seed));
}

function drawPlainScenario(seed: number): Scenario {
  const draws = new Draws(seed, 1);
  const chance = (probability: number) => draws.next() < probability;
  const first = drawRelease(draws, 0.05);
  const good = { ...drawRelease(draws, 0), engine: first.engine };
  const ranges = new Draws(seed, 2);
  const releases = [first, drawRelease(draws, 0.3), drawRelease(draws, 0.6), good].map((one) => onDemand(ranges, one));
  const faults = Array.from({ length: draws.below(2) + draws.below(chance(0.3) ? 60 : 12) }, () => ({
    ...drawFault(draws, releases.length),
    atMs: Math.round(draws.next() * (chance(0.2) ? 5_000 : calmAtMs - 60_000)),
  }));
  const lateFaults = Array.from({ length: chance(0.5) ? draws.below(5) : 0 }, () => ({
    ...outlasting(drawFault(draws, releases.length, true)),
    atMs: judgedAtMs + Math.round(draws.next() * lateForMs),
  }));
  const isolation = drawIsolation(seed, releases.length);
  const hasFleet = seed % 4 === 1;
  const fleetOrders = hasFleet ? drawFleetOrders(seed) : [];
  const isFast = chance(0.5);
  const isStuckSoon = chance(0.5);
  const settings: Scenario["settings"] = {
    engine: draws.pick({ auto: 8, fork: 1, spawn: 1 }),
    drainTimeoutMs: 25_000,
    reloadDrainTimeoutMs: chance(0.5) ? 20_000 : 60_000,
    stopTimeoutMs: chance(0.3) ? 5_000 : 2_000,
    bootTimeoutMs: chance(0.5) ? 20_000 : 60_000,
    lockDurationMs: chance(0.3) ? 10_000 : 30_000,
    stuckTimeoutMs: chance(0.1) ? 0 : isStuckSoon ? 15_000 : 60_000,
    stoppedJobs: draws.pick({ fail: 2, retry: 1, handback: 1 }),
    hasSpare: seed % 3 === 0,
    fleet: hasFleet ? "on" : "off",
    recycleJobs: chance(0.1) ? 20 : undefined,
    recycleAgeMs: chance(0.15) ? 60_000 : undefined,
  };
  return {
    seed,
    settings,
    hasBoard: !chance(0.1),
    isInteractive: chance(0.2),
    releases: releases.map((release, index) => ({
      ...release,
      isolates: release.engine === "fork" && settings.engine !== "spawn" && isolation.isolates[index] === true,
    })),
    jobEveryMs: isFast ? 4_000 : 12_000,
    jobMs: isFast ? 1_000 : 4_000,
    orphans: chance(0.1) ? 1 + draws.below(3) : 0,
    faults: [...faults, ...isolation.faults, ...fleetOrders, ...lateFaults].toSorted(
      (one, other) => one.atMs - other.atMs,
    ),
    reloadsAtLast: chance(0.7),
    farewell: chance(0.5) ? "SIGTERM" : "SIGQUIT",
  };
}

/** Which releases run their jobs in runners, and what happens to these. Its draws are its own: the rest of the world stays. */
function drawIsolation(seed: number, releases: number): { isolates: readonly boolean[]; faults: readonly Fault[] } {
  const draws = new Draws(seed, 3);
  if (draws.next() >= isolatedShare) return { isolates: [], faults: [] };
  const isolates = Array.from({ length: releases }, () => draws.next() < 0.8);
  const faults = Array.from({ length: draws.below(8) }, () => ({
    ...drawRunnerFault(draws),
    atMs: Math.round(draws.next() * (calmAtMs - 60_000)),
  }));
  return { isolates, faults };
}

/** Drawn apart from the rest, which is therefore the same without them. */
function drawFleetOrders(seed: number): Scenario["faults"] {
  const draws = new Draws(seed, 2);
  return Array.from({ length: 1 + draws.below(8) }, () => ({
    ...drawFleetOrder(draws),
    atMs: Math.round(draws.next() * (calmAtMs - 60_000)),
  }));
}

/** Draws from numbers of its own, so that the rest of each world stays as it was. */
function onDemand(draws: Draws, release: Release): Release {
  if (draws.next() >= rangeShare) return release;
  const minimum = draws.below(release.workers + 1);
  return minimum === release.workers ? release : { ...release, minimum };
}

/** Around the farewell, some faults last for longer than init may wait. */
function outlasting(fault: ReturnType<typeof drawFault>): ReturnType<typeof drawFault> {
  const isLong = fault.kind === "unkillable" || fault.kind === "redisDown" || fault.kind === "block";
  return isLong ? { ...fault, forMs: outlastingTimes * fault.forMs } : fault;
}

function drawRelease(draws: Draws, badness: number): Release {
  const chance = (probability: number) => draws.next() < probability;
  const load = draws.pick({ fails: 3, exits: 2, hangs: 1, diesInTrial: 3, hangsInTrial: 1, loads: 6 });
  const start = draws.pick({ fails: 3, dies: 3, silent: 1, mute: 1, starts: 8 });
  return {
    load: chance(badness) ? load : "loads",
    loadMs: chance(0.2) ? 8_000 : 500,
    engine: chance(0.8) ? "fork" : "spawn",
    workers: 1 + draws.below(4),
    concurrency: chance(0.7) ? 1 : 1 + draws.below(5),
    redis: chance(0.1) ? undefined : chance(0.1) ? 1 : 0,
    start: chance(badness) ? start : "starts",
    startMs: chance(0.2) ? 3_000 : 20,
    teardownMs: chance(0.2) ? 4_000 : 10,
    timeLimitMs: chance(0.3) ? 10_000 : undefined,
    isolates: false,
  };
}
