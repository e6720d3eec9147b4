// Mutations of how many workers init runs on demand. Only worlds with ranges can show them.
import { hasRanges } from "../scenario/draw-ranges.ts";
import type { Mutation } from "./mutation.ts";

export const ranges: readonly Mutation[] = [
  {
    name: "W1",
    what: "a delayed job does not count when it is due",
    file: "bull/keys/due-jobs.ts",
    from: `  jobs = jobs + redis.call("ZCOUNT", KEYS[3], "-inf", (ARGV[1] + 1) * \${delayedScoreFactor})`,
    to: ``,
    isShownBy: hasRanges,
  },
  {
    name: "W2",
    what: "no due jobs are counted again after Redis has refused to count them",
    file: "keeper/due-job-watch.ts",
    from: `      if (counted === undefined) await this.#untilRetry();`,
    to: `      if (counted === undefined) return;`,
    isShownBy: hasRanges,
    needs: ["refusal", "silent", "refused", "closeConnections"],
  },
  {
    name: "W3",
    what: "a range with workers gets no further one for jobs that wait",
    file: "init/decide/scale-range.ts",
    from: `  if (needed > workers) return up(`,
    to: `  if (needed > workers && workers === 0) return up(`,
    isShownBy: hasRanges,
  },
  {
    name: "W4",
    what: "a worker that a range no longer needs stops, and hands back what it has just taken",
    file: "init/decide/reconcile-slots.ts",
    from: `    if (unused && (stale || outside)) actions.push(`,
    to: `    if ((unused && (stale || outside)) || (worker.state === "taking" && isInVacantSlot(world, worker))) actions.push(`,
    isShownBy: hasRanges,
  },
];
