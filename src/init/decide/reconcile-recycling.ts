import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { countsOf } from "../state/worker-facts.ts";
import { type World, wantedSpecs } from "../state/world.ts";

/** Each worker's own limits are up to a tenth lower, so that those that were forked in one moment do not all reach them in one. */
const jitterShare = 1 / 10;
/** Successive multiples of it, modulo 1, are spread as evenly as any (the golden ratio's). */
const spread = 0.618_034;
/** A worker that is too large from its start on is worth no replacement, which would be as large: not sooner than this, without a job. */
const idleRecycleMs = 600_000;

/**
 * Workers that have done enough, lived long enough, or grown too large are replaced: one at a time, only while every slot is
 * manned, and between jobs. The successor is ready before the old one is asked to drain, as in a reload.
 */
export function reconcileRecycling(world: World, limits: Limits, now: number): Action[] {
  if (world.candidate !== undefined || world.reloadWanted) return [];
  const manned = world.workers.filter((worker) => worker.state === "taking");
  if (manned.length !== wantedSpecs(world).length || manned.length !== world.workers.length) return [];
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
  if (recycleJobs !== undefined && finished + failed >= Math.ceil(recycleJobs * share))
    return `it has done ${finished + failed} jobs`;
  const ageMs = now - (worker.startedAt ?? now);
  if (recycleAgeMs !== undefined && ageMs >= recycleAgeMs * share) return `it is ${Math.round(ageMs / 1_000)} s old`;
  const bytes = worker.seen?.privateBytes ?? 0;
  const mayHaveGrown = finished + failed > 0 || ageMs >= idleRecycleMs;
  if (recycleMemoryBytes !== undefined && bytes >= recycleMemoryBytes && mayHaveGrown)
    return `it holds ${Math.round(bytes / 2 ** 20)} MB of its own`;
  return undefined;
}
