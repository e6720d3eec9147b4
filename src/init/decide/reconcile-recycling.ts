import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import { wantedSlots } from "../state/wanted-slots.ts";
import type { Worker } from "../state/worker.ts";
import { countsOf } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";

/** Each worker's limits are up to a tenth lower, so that workers that were forked together do not reach them together. */
const jitterShare = 1 / 10;
/** The golden ratio modulo 1, whose successive multiples, modulo 1, are spread most evenly. */
const spread = 0.618_034;
/** A worker that has run no job is not recycled for its size before this age: its successor would be as large from the start. */
const idleRecycleMs = 600_000;

/**
 * Replaces workers that have run enough jobs, lived long enough or grown too large: one at a time, only while every slot has
 * a worker that takes jobs, and between jobs. As in a reload, the old worker drains once its successor is ready.
 */
export function reconcileRecycling(world: World, limits: Limits, now: number): Action[] {
  if (world.candidate !== undefined || world.reloadWanted) return [];
  const manned = world.workers.filter((worker) => worker.state === "taking");
  const inSlots = world.workers.filter(({ isSpare }) => !isSpare);
  if (manned.length !== wantedSlots(world).length || manned.length !== inSlots.length) return [];
  if (manned.some((worker) => worker.isRetiring)) return [];
  for (const worker of manned) {
    const why = recycledFor(worker, limits, now);
    if (why !== undefined) return [{ kind: "recycle", worker: worker.id, why }];
  }
  return [];
}

function recycledFor(worker: Worker, limits: Limits, now: number): string | undefined {
  const { recycleJobs, recycleAgeMs, recycleMemoryBytes } = limits;
  const share = 1 - ((worker.id * spread) % 1) * jitterShare;
  const { finished, failed } = countsOf(worker);
  const jobs = finished + failed;
  if (recycleJobs !== undefined && jobs >= Math.ceil(recycleJobs * share))
    return `it has run ${jobs === 1 ? "a job" : `${jobs} jobs`}`;
  const ageMs = now - (worker.startedAt ?? now);
  if (recycleAgeMs !== undefined && ageMs >= recycleAgeMs * share) return `it is ${Math.round(ageMs / 1_000)} s old`;
  const bytes = worker.seen?.privateBytes ?? 0;
  const mayHaveGrown = jobs > 0 || ageMs >= idleRecycleMs;
  if (recycleMemoryBytes !== undefined && bytes >= recycleMemoryBytes && mayHaveGrown)
    return `it has ${Math.round(bytes / 2 ** 20)} MB of private memory`;
  return undefined;
}
