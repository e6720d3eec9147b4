import type { Draws } from "../../../support/draws.ts";
import { type Combination, type Drawn, instant, job, several } from "./combination-parts.ts";
import { drawFault } from "./draw-fault.ts";
import { beginAtMs, type JobsFault } from "./scenario.ts";

/** The tests know the seeds of some worlds that are older than `refusedHalfway`. */
const lastKnownSeed = 60;

/** Earlier worlds stay as they are: the tests know the seeds of some. */
export function hasRareCombination(seed: number): boolean {
  return seed > 15 && seed % 13 === 4;
}

/**
 * Gives a world, in place of its own faults, a sequence of faults that must fit together to the second, and the jobs that show what it
 * does to them. Drawn apart from all other worlds.
 */
export function combineRarely(world: Drawn, draws: Draws): Drawn {
  const weights = { flickeringRefusals: 1, lostTwice: 1, refusedHalfway: world.seed > lastKnownSeed ? 1 : 0 };
  const { faults, jobs, needsTwoForkers } = combinations[draws.pick(weights)](draws);
  const [first = {}] = world.settings;
  if (!needsTwoForkers) return { ...world, faults, jobs: [...world.jobs, ...jobs] };
  // Its jobs last longer than a time limit.
  const settings = [first, world.settings[1] ?? first].map((one) => ({ ...one, timeLimits: [] }));
  return { ...world, settings, faults, jobs };
}

const combinations = {
  /** Redis is at its limit: it refuses some writes, and accepts others, while jobs end. */
  flickeringRefusals(draws: Draws): Combination & { readonly needsTwoForkers: boolean } {
    const faults = several(draws, 1, 3, () => ({
      ...drawFault(draws, { refusal: 1 }, instant(draws)),
      forMs: 2_000 + draws.below(6_000),
      share: 0.3 + 0.6 * draws.next(),
    })) as JobsFault[];
    const jobs = faults.flatMap(({ atMs }) =>
      several(draws, 3, 8, () =>
        job(draws, atMs + draws.below(2_000), { kind: draws.pick({ good: 3, fails: 2 }), runMs: draws.below(1_500) }),
      ),
    );
    return { faults, jobs, needsTwoForkers: false };
  },

  /**
   * Redis refuses a command in the middle of the scripts that take and end a job, but not of the one that hands it back. No worker
   * receives a job that it takes, and after some takes it fails the job, which Redis refuses halfway too.
   */
  refusedHalfway(draws: Draws): Combination & { readonly needsTwoForkers: boolean } {
    const atMs = beginAtMs + draws.below(10_000);
    const forMs = 25_000 + draws.below(15_000);
    const fault = { kind: "inScript", command: "HINCRBY", choice: 0, atMs, forMs } as const;
    const jobs = several(draws, 1, 6, () =>
      job(draws, atMs + draws.below(4_000), { kind: "good", runMs: draws.below(1_000) }),
    );
    return { faults: [fault], jobs, needsTwoForkers: false };
  },

  /**
   * A container is cut off, and another one takes its jobs. A worker of the first one dies. When its keeper reaches Redis, the second
   * worker has lost its locks too, and still runs the jobs.
   */
  lostTwice(draws: Draws): Combination & { readonly needsTwoForkers: boolean } {
    const place = draws.below(2);
    const atMs = beginAtMs + 3_000 + draws.below(6_000);
    const choice = (count: number) => 2 * count + place;
    const cutMs = 27_000 + draws.below(8_000);
    // Its worker has run the job for so long that a stalled check has found it.
    const diesAtMs = atMs + cutMs - 500 - draws.below(6_000);
    const outageAtMs = atMs + 17_000 + draws.below(4_000);
    const outage = draws.pick({ silent: 1, refused: 1, refusal: 2, cutOffForker: 2 });
    const outageMs = atMs + cutMs - outageAtMs + draws.below(4_000);
    const faults = [
      { kind: "cutOffForker", atMs, forMs: cutMs, choice: choice(0) },
      ...several(draws, 1, 2, () => ({ kind: "killWorker", atMs: diesAtMs, choice: choice(draws.below(6)) })),
      {
        ...drawFault(draws, { [outage]: 1 }, outageAtMs),
        choice: choice(0) + 1,
        forMs: outageMs,
      },
    ] as JobsFault[];
    const jobs = several(draws, 1, 3, () =>
      job(draws, beginAtMs + draws.below(2_500), { kind: "good", runMs: 45_000 + draws.below(15_000) }),
    );
    return { faults, jobs, needsTwoForkers: true };
  },
};
