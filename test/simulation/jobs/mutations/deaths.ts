// Mutations of what happens to the jobs of a worker that has died.
import type { Mutation } from "./mutation.ts";
import { isBusy, slots } from "./shown-by.ts";

export const deaths: readonly Mutation[] = [
  {
    name: "A6",
    what: "a worker that dies with a job counts as one that crashed at its start",
    file: "init/state/respawn-pauses.ts",
    from: `  slot.startFailures = wasOfUse || hadJobs ? 0 : slot.startFailures + 1;`,
    to: `  slot.startFailures = slot.startFailures + 1;`,
    needs: ["poison"],
    // Ten deaths in a row in each slot: a job dies with three workers.
    isShownBy: (scenario) =>
      slots(scenario).some((count) => count === 1) &&
      scenario.jobs.filter(({ data }) => data.kind === "poison").length >= 4,
  },
  {
    name: "M2",
    what: "deaths do not fail a job",
    file: "keeper/hand-back-jobs.ts",
    from: `  if (deaths > parts.deathsAtMost(lane)) return`,
    to: `  if (deaths > 1_000) return`,
    needs: ["poison"],
  },
  {
    name: "M3",
    what: "the keeper looks only once for the jobs of a dead worker",
    file: "keeper/dead-workers.ts",
    from: `        this.#dead.set(order, performance.now() + lockDurationMs);`,
    to: ``,
    needs: ["slowLink"],
    isShownBy: ({ faults }) => faults.some((fault) => fault.kind === "slowLink" && fault.diesAfterMs !== undefined),
  },
  {
    name: "M8",
    what: "a suspect runs together with other jobs",
    file: "worker/queues/suspect-isolation.ts",
    from: `    if (!isSuspect) return true;`,
    to: `    if (!isSuspect || running > 0) return true;`,
    needs: ["poison", "poisonOnce"],
  },
  {
    name: "M11",
    what: "the orphaned jobs of a forker that ended are not recovered",
    file: "keeper/judge-instance.ts",
    from: `  if (isAnnounced) return "goesOn";`,
    to: `  if (isAnnounced || leaseMs > 0) return "goesOn";`,
    needs: ["killForker"],
    isShownBy: isBusy,
  },
  {
    name: "M15",
    what: "each death is counted twice",
    file: "bull/keys/held-lock-scripts.ts",
    from: `deaths = deaths + 1`,
    to: `deaths = deaths + 2`,
    needs: ["poison", "poisonOnce"],
  },
];
