import * as v from "valibot";
import { count, prose, queueName, readableId } from "./fields.ts";

/** The keeper asks this when it fails an attempt of a job whose back-off is a function of the application. */
export const retryDelayQuestion = v.object({
  number: count,
  queue: queueName,
  id: readableId,
  /** Including the attempt that fails. */
  attemptsMade: count,
  failure: v.object({ name: prose, message: prose }),
});
export type RetryDelayQuestion = v.InferOutput<typeof retryDelayQuestion>;

/** Without a delay and without an error, no worker could call the strategy. */
export const retryDelayAnswer = v.object({
  /** That of the question. */
  number: count,
  /** What the strategy returned: milliseconds, or -1 for no retry. */
  delayMs: v.optional(v.pipe(v.number(), v.finite())),
  /** What the strategy threw. */
  error: v.optional(prose),
});
export type RetryDelayAnswer = v.InferOutput<typeof retryDelayAnswer>;

/** How long the keeper waits for the answer at most. A worker that died is usually replaced within this time. */
export const retryDelayTimeoutMs = 5_000;
