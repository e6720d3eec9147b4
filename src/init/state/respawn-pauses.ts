import { backOffMs, hasLived, type Limits } from "./limits.ts";
import type { Slot } from "./slot.ts";
import type { Worker } from "./worker.ts";
import { countsOf, heldBy } from "./worker-facts.ts";

/**
 * A worker that brought jobs to their end, or lived for a while, did not crash at its start. One that died with its first job
 * did not either: the job may be the cause, and fails after a few such deaths.
 */
export function countCrash(slot: Slot, worker: Worker, limits: Limits, now: number): void {
  const wasOfUse = wasUseful(worker, limits, now);
  const hadJobs = heldBy(worker).length > 0;
  slot.failures = wasOfUse ? 1 : slot.failures + 1;
  slot.startFailures = wasOfUse || hadJobs ? 0 : slot.startFailures + 1;
  const pauseMs = backOffMs(slot.failures, limits);
  slot.notBefore = now + (hadJobs ? Math.min(pauseMs, limits.jobBackOffMaximumMs) : pauseMs);
}

/** Somebody sent it QUIT or HUP, which its successor need not wait for; or the application does so, at each start. */
export function countEarlyEnd(slot: Slot, worker: Worker, limits: Limits, now: number): void {
  slot.earlyEnds = wasUseful(worker, limits, now) ? 0 : slot.earlyEnds + 1;
  slot.notBefore = now + backOffMs(slot.earlyEnds - 1, limits);
}

function wasUseful(worker: Worker, limits: Limits, now: number): boolean {
  const { finished, failed } = countsOf(worker);
  return finished + failed > 0 || hasLived(worker.startedAt, limits, now);
}
