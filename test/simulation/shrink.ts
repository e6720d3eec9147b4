import { type Outcome, runWorld } from "./run-world.ts";
import type { Scenario } from "./scenario/scenario.ts";

export interface Shrunk {
  readonly scenario: Scenario;
  readonly outcome: Outcome;
}

const plainTimes = { loadMs: 500, startMs: 20, teardownMs: 10, timeLimitMs: undefined };

/** So that shrinking ends soon. */
const worldsAtMost = 400;

/** Leaves out all faults that the violation does not need, by delta debugging: ever smaller parts of the list. */
export async function shrink(scenario: Scenario, outcome: Outcome): Promise<Shrunk> {
  const kind = kindOf(outcome);
  let best: Shrunk = { scenario, outcome };
  let worlds = 0;
  const attempt = async (smaller: Scenario): Promise<boolean> => {
    if (worlds++ >= worldsAtMost) return false;
    const result = await runWorld(smaller);
    if (kindOf(result) !== kind) return false;
    best = { scenario: smaller, outcome: result };
    return true;
  };
  for (let size = Math.ceil(scenario.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.scenario.faults.length; ) {
      const { faults } = best.scenario;
      const rest = [...faults.slice(0, from), ...faults.slice(from + size)];
      if (!(await attempt({ ...best.scenario, faults: rest }))) from += size;
    }
  }
  for (const simpler of [{ orphans: 0 }, { hasBoard: true }, { isInteractive: false }, { jobEveryMs: 1_000_000 }])
    await attempt({ ...best.scenario, ...simpler });
  for (const plain of [{ load: "loads" }, { start: "starts" }, { workers: 1 }, { concurrency: 1 }, plainTimes] as const)
    await attempt({ ...best.scenario, releases: best.scenario.releases.map((release) => ({ ...release, ...plain })) });
  return best;
}

/** Numbers in it may change while the world shrinks. */
export function kindOf({ violation }: Outcome): string | undefined {
  return violation
    ?.split("\n", 1)[0]
    ?.replaceAll(/\d+(\.\d+)?/g, "N")
    .replaceAll(/(N,)+N/g, "N");
}
