import { backOffMs, hasLived, type Limits } from "./limits.ts";
import type { Slot } from "./slot.ts";
import type { Worker } from "./worker.ts";
import { countsOf, heldBy } from "./worker-facts.ts";

/**
 * A worker that finished jobs, or lived for a while, did not crash at its start. Nor did one that died with its first job:
 * the job may be the cause, and fails at its maximum deaths.
 */
export function countCrash(slot: Slot, worker: Worker, limits: Limits, now: number): void {
  const wasOfUse = wasUseful(worker, limits, now);
  const hadJobs = heldBy(worker).length > 0;
  slot.failures = wasOfUse ? 1 : slot.failures + 1;
  slot.startFailures = wasOfUse || hadJobs ? 0 : slot.startFailures + 1;
  const pauseMs = pauseAfterCrash(slot, limits, now);
  slot.crashedAt = now;
  slot.notBefore = now + (hadJobs ? Math.min(pauseMs, limits.jobBackOffMaximumMs) : pauseMs);
}

/**
 * The first crash in a row costs no pause: the next worker starts at once. A slot whose workers complete a job and crash, one after the other,
 * has such a first crash each time, and pauses all the same.
 */
function pauseAfterCrash({ failures, crashedAt }: Slot, limits: Limits, now: number): number {
  if (failures > 1) return backOffMs(failures - 1, limits);
  return now - crashedAt < limits.crashIntervalMs ? limits.backOffFirstMs : 0;
}

/** A worker that ended early and in order: by a QUIT or HUP from outside, or from the application, perhaps at each start. */
export function countEarlyEnd(slot: Slot, worker: Worker, limits: Limits, now: number): void {
  slot.earlyEnds = wasUseful(worker, limits, now) ? 0 : slot.earlyEnds + 1;
  slot.notBefore = now + backOffMs(slot.earlyEnds - 1, limits);
}

function wasUseful(worker: Worker, limits: Limits, now: number): boolean {
  const { finished, failed } = countsOf(worker);
  return finished + failed > 0 || hasLived(worker.startedAt, limits, now);
}
