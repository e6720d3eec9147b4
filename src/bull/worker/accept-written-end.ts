import type { JobFate } from "../keys/held-locks.ts";
import type { BullJob } from "../library/bull-types.ts";
import { isEnd, type Move } from "./job-moves.ts";
import type { Lane } from "./lane.ts";

/** Which replies of Redis to a move are known. */
export interface Replies {
  /** A reply may have been lost with a connection. */
  readonly mayBeLost: boolean;
  /** Redis has refused a command inside BullMQ's script. */
  readonly isPartial: boolean;
}

/**
 * Whether Redis has made a move although no reply says so: the reply was lost with a connection, or Redis refused a command that
 * comes after everything that matters, such as the event. A job that was removed cannot be moved again, so its end counts.
 */
export function isMade(move: Move, fate: Exclude<JobFate, "ours">, { mayBeLost, isPartial }: Replies): boolean {
  const isUnknown = mayBeLost || isPartial;
  switch (fate) {
    case "taken":
      return move === "wait" && isPartial;
    case "ended":
      return isEnd(move);
    case "retried":
      return isEnd(move) && isUnknown;
    case "gone":
      return move !== "schedule" && isUnknown;
    case "moved":
      return move === "wait" && isUnknown;
  }
}

/** Updates a job whose end is written without a reply. BullMQ would have updated the job from the reply. */
export async function acceptWrittenEnd(lane: Lane, job: BullJob, fate: JobFate): Promise<void> {
  job.attemptsMade += 1;
  const written = await lane.find(job.id ?? "", "toEnd").catch(() => undefined);
  // If a later attempt has ended, the time of this end is no longer known.
  if (written?.attemptsMade === job.attemptsMade && written.finishedOn !== undefined)
    job.finishedOn = written.finishedOn;
  // Only a job that has ended for good is removed.
  if (fate === "gone") job.finishedOn ??= Date.now();
}
