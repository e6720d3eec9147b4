import type { HeldLock, HeldLocks } from "../keys/held-locks.ts";
import type { BullJob } from "../library/bull-types.ts";
import { isMade } from "./accept-written-end.ts";
import { putBack } from "./job-moves.ts";
import type { Lane } from "./lane.ts";
import { isInsideScript } from "./refusals.ts";

/**
 * Puts a held job back at the front of its queue, at no cost to its attempts, and wakes an idle worker. BullMQ sets no marker
 * for a prioritized job: without one, no worker would look for up to five seconds.
 */
export async function handBack(job: BullJob, token: string, wake: () => Promise<void>): Promise<void> {
  await putBack(job, token);
  if (job.priority > 0) await wake();
}

export interface RegainParts {
  readonly locks: HeldLocks;
}

/**
 * The same for a job without a mover. If Redis refuses a command inside BullMQ's script, the job is either in its queue, or
 * becomes active again before this rejects.
 */
export async function handBackWhole(
  { locks }: RegainParts,
  lane: Lane,
  job: BullJob,
  { id, token }: HeldLock,
  wake: () => Promise<void>,
): Promise<void> {
  try {
    await handBack(job, token, wake);
  } catch (cause) {
    const now = isInsideScript(cause) ? await lane.find(id, "toEnd") : undefined;
    if (now === undefined) throw cause;
    const taken = { id, token, starts: now.attemptsStarted, ends: now.attemptsMade };
    const fate = await locks.regain(lane.keys, lane.lockDurationMs, taken, "wait", true);
    if (fate === "ours" || !isMade("wait", fate, { mayBeLost: false, isPartial: true })) throw cause;
    // The marker may be what Redis refuses. Workers restore markers regularly.
    await wake().catch(() => undefined);
  }
}
