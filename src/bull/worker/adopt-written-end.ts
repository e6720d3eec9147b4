import type { BullJob } from "../library/bull-types.ts";
import type { Lane } from "./lane.ts";

/** The end of this job is written, and the answer was lost with its connection: BullMQ would have told the job of it. */
export async function adoptWrittenEnd(lane: Lane, job: BullJob): Promise<void> {
  job.attemptsMade += 1;
  const written = await lane.find(job.id ?? "", "toEnd").catch(() => undefined);
  // It was removed with its end, or a later attempt has ended: then nobody knows any more when this one did.
  if (written?.attemptsMade === job.attemptsMade && written.finishedOn !== undefined)
    job.finishedOn = written.finishedOn;
}

/**
 * Whether the end of a job that Redis refused is written all the same, because only the first answer was lost, and the command
 * was sent again: the attempt has ended, and nobody has started the job since.
 */
export async function isEndWritten(lane: Lane, job: BullJob): Promise<boolean> {
  const written = await lane.find(job.id ?? "", "toEnd");
  return written?.attemptsStarted === job.attemptsStarted && written.attemptsMade === job.attemptsMade + 1;
}
