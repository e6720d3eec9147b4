import type { HeldLock } from "../bull/keys/held-locks.ts";
import type { BullJob } from "../bull/library/bull-types.ts";
import { endJob, type Verdict, writeUnwrittenEnd } from "../bull/worker/end-job.ts";
import { handBackWhole } from "../bull/worker/hand-back.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { type Death, endingsOf, type HandBackParts, hasBegun, unwrittenOf } from "./death.ts";
import { regainHalfMoved, reportCounted } from "./half-moved-jobs.ts";
import { forEachLock, type HandBackResult } from "./hand-back-result.ts";

/**
 * From this many deaths on, a job runs alone, since other jobs in the worker may be innocent: see
 * src/worker/queues/suspect-isolation.ts.
 */
const aloneFrom = 1;

/**
 * Hands back what a dead worker held of these queues: each job goes to the front of its queue, at no cost to its attempts.
 * Resolves with the first refusal by Redis, if any; a second call finds the refused jobs again.
 */
export async function handBackJobs(
  parts: HandBackParts,
  lanes: readonly Lane[],
  death: Death,
  result: HandBackResult,
): Promise<unknown> {
  let refused: unknown;
  for (const lane of lanes) {
    const known = death.holding.filter(({ queue }) => queue === lane.queue);
    try {
      const claimed = await parts.locks.claim(lane.keys, death.lockOwner, lane.lockDurationMs, known);
      const regained = await regainHalfMoved(parts, lane, death, claimed, result);
      const locks = [...claimed, ...regained.locks];
      const handedBack = await forEachLock(locks, result, lane.queue, (lock) =>
        handBackJob(parts, lane, lock, death, result),
      );
      refused ??= regained.refused ?? handedBack;
    } catch (cause) {
      refused ??= cause;
    }
  }
  return refused;
}

async function handBackJob(
  parts: HandBackParts,
  lane: Lane,
  lock: HeldLock,
  death: Death,
  result: HandBackResult,
): Promise<keyof HandBackResult | "neither"> {
  const { id } = lock;
  const { reason, endings } = death;
  const unwritten = unwrittenOf(endings, lane, id);
  const report = unwritten && (await writeUnwrittenEnd(parts, lane, lock, unwritten));
  if (report !== undefined) {
    parts.ended(report);
    return report.failure === undefined ? "wroteCompleted" : "wroteFailed";
  }
  if (unwritten !== undefined) await reportCounted(parts, lane, id, unwritten, result);
  const job = await lane.find(id, "toHandBack");
  if (job === undefined) return "neither";
  const ending = endingsOf(endings, lane, id).find(({ outcome }) => outcome === "fail" || outcome === "retry");
  if (ending?.outcome === "fail" || ending?.outcome === "retry")
    return await end(parts, lane, lock, { ...ending, outcome: ending.outcome });
  const begun = death.counts ? hasBegun(death, lane, id) : "no";
  const deaths = begun === "no" ? 0 : await parts.locks.countDeath(lane.keys, id, aloneFrom, begun);
  if (deaths > parts.deathsAtMost(lane)) return await failForDeaths(parts, lane, lock, { reason, deaths });
  await handBackWhole(parts, lane, job, lock, () => parts.markers.mark(lane.keys.marker));
  if (begun !== "certainly") await removeWaitingMark(parts, lane, job);
  return "handedBack";
}

/** Of a job that was handed back and may have waited for a runner. If it stays, no keeper believes it, because it names an earlier start. */
export async function removeWaitingMark(
  { locks }: Pick<HandBackParts, "locks">,
  { keys }: Lane,
  { id, processedOn }: BullJob,
): Promise<void> {
  if (id === undefined || processedOn === undefined) return;
  await locks.unmarkWaiting(keys, id, processedOn).catch(() => undefined);
}

/** Fails the job for good: the next worker would die with it, too. */
export async function failForDeaths(
  parts: HandBackParts,
  lane: Lane,
  lock: HeldLock,
  { reason, deaths }: { readonly reason: string; readonly deaths: number },
): Promise<"failed" | "neither"> {
  const message = `${reason}; ${deaths === 1 ? "1 worker" : `${deaths} workers`} died with this job`;
  return await end(parts, lane, lock, { outcome: "fail", message });
}

/** Every failure that the keeper decides on is written here. */
async function end(parts: HandBackParts, lane: Lane, lock: HeldLock, verdict: Verdict): Promise<"failed" | "neither"> {
  const report = await endJob(parts, lane, lock, verdict);
  if (report === undefined) return "neither";
  parts.ended(report);
  return "failed";
}
