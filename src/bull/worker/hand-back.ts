import type { BullJob } from "../library/bull-types.ts";

/**
 * Puts a held job back at the front of its queue, at no cost to its attempts, and wakes an idle worker. BullMQ sets no marker
 * for a prioritized job: without one, no worker would look for up to five seconds.
 */
export async function handBack(job: BullJob, token: string, wake: () => Promise<void>): Promise<void> {
  await job.moveToWait(token);
  if (job.priority > 0) await wake();
}
