import { Draws } from "../../../support/draws.ts";
import { type Drawn, instant, job, several } from "./combination-parts.ts";
import type { JobsScenario } from "./scenario.ts";

/** The tests know the seeds of worlds that have no ranges. */
const lastKnownSeed = 2_500;

export function hasRanges({ settings }: Pick<JobsScenario, "settings">): boolean {
  return settings.some(({ workload = "*" }) => workload.includes(".."));
}

/**
 * In some worlds, init changes the number of workers on demand, and bursts of jobs make it do so. Drawn apart from the rest, which is the
 * same without them.
 */
export function onDemand(world: Drawn): Drawn {
  if (world.seed <= lastKnownSeed || world.seed % 11 !== 7) return world;
  const draws = new Draws(world.seed, 16);
  const settings = world.settings.map((one) => ({
    ...one,
    workload: workloads[draws.below(workloads.length)] ?? "*",
    clearTimeMs: 200 + draws.below(1_000),
    removeAfterMs: 1_000 + draws.below(4_000),
  }));
  const bursts = several(draws, 0, 3, () => {
    const atMs = instant(draws);
    return several(draws, 3, 10, () =>
      job(draws, atMs + draws.below(500), { kind: draws.pick({ good: 6, fails: 1 }), runMs: draws.below(3_000) }),
    );
  });
  return { ...world, settings, jobs: [...world.jobs, ...bursts.flat()] };
}

const workloads = [
  "urgent,usual,limited x0..3",
  "urgent,usual,limited @2 x0..2",
  "* x1..3",
  "usual,limited,urgent; urgent,usual,limited x0..2",
  "urgent x0..2; usual,limited x0..2",
  "limited,usual @3 x1..2; urgent x0..1",
] as const;
