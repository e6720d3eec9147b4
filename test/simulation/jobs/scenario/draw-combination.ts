import type { Draws } from "../../../support/draws.ts";
import { type Combination, type Drawn, instant, job, several, within } from "./combination-parts.ts";
import { drawFault, longestFaultMs } from "./draw-fault.ts";
import { beginAtMs, type JobsFault } from "./scenario.ts";

/** How many worlds have one. */
const share = 0.35;
const moreThanALockMs = 11_000;

/**
 * Gives some worlds, in place of their own faults, faults that are seldom drawn at the same time, and the load that shows what they do
 * to it.
 */
export function combine(world: Drawn, draws: Draws): Drawn {
  if (draws.next() >= share) return world;
  const hasLimits = world.settings.some(({ timeLimits }) => timeLimits !== undefined);
  const name = draws.pick({
    ordersInRefusals: 3,
    longJobs: hasLimits ? 0 : 6,
    slowLinks: 3,
    refusedConnections: 2,
    stops: 2,
    deaths: 1,
  });
  const { faults, jobs } = combinations[name](draws);
  const [first = {}] = world.settings;
  const settings = name === "longJobs" && world.settings.length === 1 ? [first, first] : world.settings;
  return { ...world, settings, faults, jobs: [...world.jobs, ...jobs] };
}

const combinations = {
  /** Workers end while Redis refuses the ends of their jobs. */
  ordersInRefusals(draws: Draws): Combination {
    const atMs = instant(draws);
    const forMs = 1_000 + draws.below(14_000);
    const signal = () => drawFault(draws, { signalWorker: 1 }, within(draws, atMs, forMs));
    const refusal = { ...drawFault(draws, { refusal: 1 }, atMs), forMs };
    const jobs = several(draws, 3, 10, () =>
      job(draws, atMs - draws.below(1_000), { kind: draws.pick({ good: 4, fails: 1 }), runMs: draws.below(4_000) }),
    );
    return { faults: [refusal, ...several(draws, 1, 3, signal)], jobs };
  },

  /** Jobs that last longer than a lock, and faults that last as long. */
  longJobs(draws: Draws): Combination {
    const kind = draws.pick({ cutOffForker: 3, refusal: 3, silent: 1, freezeForker: 1 });
    const long = () => ({
      ...drawFault(draws, { [kind]: 1 }, instant(draws)),
      forMs: moreThanALockMs + draws.below(longestFaultMs - moreThanALockMs),
    });
    const faults = several(draws, 1, 3, long) as JobsFault[];
    if (draws.next() < 0.3) faults.push(drawFault(draws, { killWorker: 1 }, instant(draws)));
    const jobs = several(draws, 1, 4, () =>
      job(draws, beginAtMs + draws.below(12_000), { kind: "good", runMs: 25_000 + draws.below(35_000) }),
    );
    return { faults, jobs };
  },

  /** Commands are under way for long, when jobs follow one another closely. */
  slowLinks(draws: Draws): Combination {
    const atMs = instant(draws);
    const forMs = 2_000 + draws.below(8_000);
    const slow = () => drawFault(draws, { slowLink: 1 }, within(draws, atMs, 500));
    const orders = several(draws, 0, 3, () =>
      drawFault(draws, { signalWorker: 3, signalForker: 1 }, within(draws, atMs, forMs)),
    );
    const jobs = several(draws, 8, 24, () =>
      job(draws, within(draws, atMs, forMs), {
        kind: draws.pick({ good: 6, fails: 1 }),
        runMs: draws.below(150),
      }),
    );
    return { faults: [...several(draws, 1, 3, slow), ...orders], jobs };
  },

  /** Redis refuses new connections, and processes need some. */
  refusedConnections(draws: Draws): Combination {
    const others = { killWorker: 2, killKeeper: 2, signalForker: 1, closeConnections: 1, signalWorker: 1 };
    const faults = [
      ...several(draws, 1, 2, () => drawFault(draws, { refuseConnections: 1 }, instant(draws))),
      ...several(draws, 0, 3, () => drawFault(draws, others, instant(draws))),
    ];
    return { faults, jobs: [] };
  },

  /** Jobs that hear of their stop, in every way that forker stops jobs. */
  stops(draws: Draws): Combination {
    const faults = several(draws, 2, 6, () =>
      drawFault(draws, { stopJob: 3, signalWorker: 2, signalForker: 1 }, instant(draws)),
    );
    const kinds = { abortUnrecoverable: 2, abortReturns: 2, deaf: 1, good: 1 } as const;
    const jobs = several(draws, 4, 12, () => ({
      ...job(draws, instant(draws), { kind: draws.pick(kinds), runMs: 1_000 + draws.below(9_000) }),
      attempts: 1 + draws.below(2),
    }));
    return { faults, jobs };
  },

  /** Jobs with which every worker dies, one after the other. */
  deaths(draws: Draws): Combination {
    const jobs = several(draws, 3, 8, () => job(draws, instant(draws), { kind: "poison", runMs: draws.below(200) }));
    return { faults: several(draws, 0, 3, () => drawFault(draws, { killWorker: 1 }, instant(draws))), jobs };
  },
};
