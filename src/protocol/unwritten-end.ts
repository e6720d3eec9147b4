import * as v from "valibot";
import { count, jobName, prose } from "./fields.ts";

/** The maximum size of all unwritten ends of a worker, and of the long ids of its lost jobs, in characters of the message that carries them. */
export const longestUnwrittenEnds = 1024 * 1024;

/**
 * The end of a job that its worker could not write, because Redis refused it until the worker had to exit. The keeper writes
 * it.
 */
export const unwrittenEnd = v.object({
  outcome: v.literal("unwritten"),
  ...jobName.entries,
  /**
   * Redis' count of the job's starts, including this one. If the job has been started again, the keeper does not write this
   * end.
   */
  starts: count,
  /** How many attempts had ended before. */
  ends: count,
  /** How many stack traces the job had before; undefined: unknown. */
  stacks: v.optional(count),
  /** The result as JSON; undefined: the processor returned nothing, or the job failed. */
  result: v.optional(v.pipe(v.string(), v.maxLength(longestUnwrittenEnds))),
  /** undefined: the job completed. isFinal: the job must not be retried. */
  failure: v.optional(v.object({ name: prose, message: prose, stack: v.optional(prose), isFinal: v.boolean() })),
});
export type UnwrittenEnd = v.InferOutput<typeof unwrittenEnd>;
