import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { jobsOf } from "../state/worker-facts.ts";
import type { PendingEnd, World } from "../state/world.ts";

/**
 * Passes job ends that init's own processes wrote to a worker of their queue, which calls the hooks. If no worker of the
 * queue is available, an end waits for the next one.
 */
export function reconcileEnds(world: World, limits: Limits): Action[] {
  const { pendingEnds } = world;
  // Drops many at a time, so that the log has one line for them.
  const tooMany = pendingEnds.length > limits.pendingEnds ? pendingEnds.slice(0, -limits.pendingEnds * 0.9) : [];
  if (tooMany.length > 0) return [drop(tooMany, `more than ${limits.pendingEnds} job ends wait for a worker`)];
  return pendingEnds.flatMap(({ number, report, worker }) => {
    const hearer = worker === undefined ? hearerOf(world, report.queue) : undefined;
    return hearer === undefined ? [] : [{ kind: "passOnEnd" as const, number, worker: hearer.id }];
  });
}

/** Called while init leaves and no worker is left. */
export function dropPendingEnds({ pendingEnds }: World): Action[] {
  return pendingEnds.length === 0 ? [] : [drop(pendingEnds, "no worker is left")];
}

/**
 * The worker of a queue that acts for a process without application code. Prefers an idle one, which reads the message soonest. A
 * draining worker does so too, if no other can.
 */
export function hearerOf(world: World, queue: string): Worker | undefined {
  const serves = (worker: Worker) => !worker.isStoppedBySignal && worker.statusUpdate?.queues.includes(queue) === true;
  for (const state of ["taking", "standby", "spare", "draining"]) {
    const able = world.workers.filter((one) => one.state === state && one.exitReport === undefined && serves(one));
    const [best] = able.toSorted((one, other) => jobsOf(one).length - jobsOf(other).length);
    if (best !== undefined) return best;
  }
  return undefined;
}

function drop(ends: readonly PendingEnd[], why: string): Action {
  return { kind: "dropEnds", numbers: ends.map(({ number }) => number), jobs: ends.map(({ report }) => report), why };
}
