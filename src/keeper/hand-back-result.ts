import type { HeldLock } from "../bull/keys/held-locks.ts";
import type { Lane } from "../bull/worker/lane.ts";
import type { JobName } from "../protocol/messages.ts";

export interface HandBackResult {
  readonly handedBack: JobName[];
  /**
   * Jobs that failed, for this attempt or for good: too many workers died with them, or init ended their worker because of
   * them.
   */
  readonly failed: JobName[];
  /** Jobs whose end their worker knew but could not write. */
  readonly wroteCompleted: JobName[];
  readonly wroteFailed: JobName[];
}

export function nothingReturned(): HandBackResult {
  return { handedBack: [], failed: [], wroteCompleted: [], wroteFailed: [] };
}

export function isNothing(result: HandBackResult): boolean {
  return Object.values(result).every((jobs: readonly JobName[]) => jobs.length === 0);
}

/** What a result has got since an earlier copy of it. */
export function addedSince(before: HandBackResult, now: HandBackResult): HandBackResult {
  return {
    handedBack: now.handedBack.slice(before.handedBack.length),
    failed: now.failed.slice(before.failed.length),
    wroteCompleted: now.wroteCompleted.slice(before.wroteCompleted.length),
    wroteFailed: now.wroteFailed.slice(before.wroteFailed.length),
  };
}

/** Runs `work` for each lock, even after a refusal. Resolves with the first refusal. */
export async function forEachLock<Lock extends HeldLock>(
  locks: readonly Lock[],
  result: HandBackResult,
  queue: string,
  work: (lock: Lock) => Promise<keyof HandBackResult | "neither">,
): Promise<unknown> {
  let refused: unknown;
  for (const lock of locks) {
    try {
      const outcome = await work(lock);
      if (outcome !== "neither") result[outcome].push({ queue, id: lock.id });
    } catch (cause) {
      refused ??= cause;
    }
  }
  return refused;
}

/** Whether the job is in this list of a result. */
export function isSettled(settled: readonly JobName[], { queue }: Lane, id: string): boolean {
  return settled.some((one) => one.queue === queue && one.id === id);
}
