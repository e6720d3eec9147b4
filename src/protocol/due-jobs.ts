import * as v from "valibot";
import { count, queueName } from "./fields.ts";

/** How many jobs of each watched queue a worker could take now: after each change there, and at least every second. */
export const dueJobsMessage = v.object({
  kind: v.literal("dueJobs"),
  queues: v.array(v.object({ queue: queueName, jobs: count })),
});
export type DueJobsMessage = v.InferOutput<typeof dueJobsMessage>;

/** Watch these queues from now on, instead of those of the last order. */
export interface WatchDueJobs {
  readonly kind: "watchDueJobs";
  readonly queues: readonly string[];
}
