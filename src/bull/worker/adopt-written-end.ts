import type { BullJob } from "../library/bull-types.ts";
import type { Lane } from "./lane.ts";

/**
 * Updates a job whose end is written, but whose answer was lost with the connection. BullMQ would have updated the job from the
 * answer.
 */
export async function adoptWrittenEnd(lane: Lane, job: BullJob): Promise<void> {
  job.attemptsMade += 1;
  const written = await lane.find(job.id ?? "", "toEnd").catch(() => undefined);
  // If the job was removed at its end, or a later attempt has ended, the time of this end is no longer known.
  if (written?.attemptsMade === job.attemptsMade && written.finishedOn !== undefined)
    job.finishedOn = written.finishedOn;
}

/**
 * Whether the end of a job is written although Redis refused it: only the first answer was lost, and Redis refused the command
 * when ioredis resent it. The attempt has ended, and no worker has started the job since.
 */
export async function isEndWritten(lane: Lane, job: BullJob): Promise<boolean> {
  const written = await lane.find(job.id ?? "", "toEnd");
  return written?.attemptsStarted === job.attemptsStarted && written.attemptsMade === job.attemptsMade + 1;
}
