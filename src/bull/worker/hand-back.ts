import type { BullJob } from "../library/bull-types.ts";

/**
 * Puts a job that we hold back at the front of its queue, at no cost to its attempts, and lets an idle worker know.
 * BullMQ forgets the marker of a prioritized job: without it nobody looks for up to five seconds.
 */
export async function handBack(job: BullJob, token: string, wake: () => Promise<void>): Promise<void> {
  await job.moveToWait(token);
  if (job.priority > 0) await wake();
}
