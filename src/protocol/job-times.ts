import * as v from "valibot";
import { queueName } from "./fields.ts";
import { histogram } from "./histogram.ts";

/** How an attempt of a job ended. retried: it failed, and the job has another attempt. */
export const jobOutcomes = ["completed", "failed", "retried"] as const;
export type JobOutcome = (typeof jobOutcomes)[number];

/** What is measured of a queue's jobs: the wait until their first start, and the duration of their attempts by outcome. */
export const timesOfJobs = ["wait", ...jobOutcomes] as const;
export type TimesOfJobs = (typeof timesOfJobs)[number];

const queueTimes = v.object({
  queue: queueName,
  wait: v.optional(histogram),
  completed: v.optional(histogram),
  failed: v.optional(histogram),
  retried: v.optional(histogram),
});
export type QueueTimes = v.InferOutput<typeof queueTimes>;

/** What a worker has measured since its last message. loopDelay: how late its event loop ran a timer. */
export const jobTimesMessage = v.object({
  kind: v.literal("jobTimes"),
  queues: v.array(queueTimes),
  loopDelay: v.optional(histogram),
});
export type JobTimesMessage = v.InferOutput<typeof jobTimesMessage>;
