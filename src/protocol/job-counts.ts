import * as v from "valibot";
import { count, queueName } from "./fields.ts";

/** The states of a queue's jobs. waiting: those of a paused queue, too. */
export const jobStates = [
  "waiting",
  "prioritized",
  "delayed",
  "active",
  "waitingChildren",
  "completed",
  "failed",
] as const;
export type JobState = (typeof jobStates)[number];
export type JobCounts = Readonly<Record<JobState, number>>;

/** The keeper has asked Redis how many jobs each queue has. */
export const jobCountsMessage = v.object({
  kind: v.literal("jobCounts"),
  queues: v.array(
    v.object({
      queue: queueName,
      waiting: count,
      prioritized: count,
      delayed: count,
      active: count,
      waitingChildren: count,
      completed: count,
      failed: count,
    }),
  ),
});
export type JobCountsMessage = v.InferOutput<typeof jobCountsMessage>;

/** Count the jobs of these queues from now on, instead of those of the last order. */
export interface CountJobs {
  readonly kind: "countJobs";
  readonly queues: readonly string[];
}

const shortestMs = 5_000;
const perQueueMs = 100;

/** How often the keeper counts the jobs of this number of queues: it asks Redis about at most ten queues a second. */
export function countEveryMs(queues: number): number {
  return Math.max(shortestMs, queues * perQueueMs);
}
