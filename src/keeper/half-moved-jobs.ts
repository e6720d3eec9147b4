import { type HeldLock, lateToken } from "../bull/keys/held-locks.ts";
import type { BullJob } from "../bull/library/bull-types.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { fitId } from "../protocol/fit.ts";
import type { EndReport } from "../protocol/messages.ts";
import type { UnwrittenEnd } from "../protocol/unwritten-end.ts";
import { type Death, type HandBackParts, unwrittenOf } from "./death.ts";
import { forEachLock, type HandBackResult, isSettled } from "./hand-back-result.ts";

/**
 * Takes back jobs that BullMQ's scripts have left half moved because Redis refused a command in the middle: they may be in none of
 * their queue's lists, so only a process that knows their names can find them. An end that is written after all is reported.
 */
export async function regainHalfMoved(
  parts: HandBackParts,
  lane: Lane,
  death: Death,
  claimed: readonly HeldLock[],
  result: HandBackResult,
): Promise<{ readonly locks: HeldLock[]; readonly refused: unknown }> {
  const locks: HeldLock[] = [];
  const isClaimed = (id: string) => claimed.some((lock) => fitId(lock.id) === id);
  const left = death.holding.filter(({ queue, id }) => queue === lane.queue && !isClaimed(id));
  const refused = await forEachLock(
    left.map(({ id, longId, starts }) => ({ id: longId ?? id, starts, token: lateToken(death.lockOwner) })),
    result,
    lane.queue,
    async ({ id, starts, token }) => {
      const job = starts === undefined ? undefined : await lane.find(id, "toEnd");
      if (job === undefined || starts === undefined) return "neither";
      const unwritten = unwrittenOf(death.endings, lane, id);
      const ends = unwritten?.ends ?? job.attemptsMade;
      const move = unwritten === undefined ? "wait" : unwritten.failure === undefined ? "complete" : "fail";
      const { keys, lockDurationMs } = lane;
      const taken = { id, token, starts, ends };
      const fate = await parts.locks.regain(keys, lockDurationMs, taken, move, unwritten !== undefined);
      if (fate === "ours") locks.push({ id, token });
      if (unwritten === undefined || (fate !== "ended" && fate !== "retried")) return "neither";
      const outcome = unwritten.failure === undefined ? "wroteCompleted" : "wroteFailed";
      if (isSettled(result[outcome], lane, id)) return "neither";
      parts.ended(writtenEnd(lane, job, unwritten));
      return outcome;
    },
  );
  return { locks, refused };
}

/**
 * Reports the end of a failed attempt that was written after all. The job is active again because a worker has taken it for the
 * next attempt, in a script that Redis refused halfway.
 */
export async function reportCounted(
  parts: HandBackParts,
  lane: Lane,
  id: string,
  unwritten: UnwrittenEnd,
  result: HandBackResult,
): Promise<void> {
  const job = await lane.find(id, "toEnd");
  if (job === undefined || unwritten.failure === undefined || job.attemptsMade !== unwritten.ends + 1) return;
  if (isSettled(result.wroteFailed, lane, id)) return;
  result.wroteFailed.push({ queue: lane.queue, id });
  parts.ended(writtenEnd(lane, job, unwritten));
}

/** The report of an end that the worker could not write and that is nevertheless written. */
function writtenEnd({ queue }: Lane, job: BullJob, { ends, failure }: UnwrittenEnd): EndReport {
  const isLatest = job.attemptsMade === ends + 1;
  return {
    queue,
    id: job.id ?? "",
    failure: failure && { name: failure.name, message: failure.message },
    attemptsMade: ends + 1,
    finishedOn: isLatest ? job.finishedOn : undefined,
  };
}
