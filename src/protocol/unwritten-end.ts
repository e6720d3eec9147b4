import * as v from "valibot";
import { count, jobName, prose } from "./fields.ts";

/** What all of a worker's may have together, in characters of the message that carries them. */
export const longestUnwrittenEnds = 1024 * 1024;

/** The end of a job that its worker could not write, because Redis refused it for longer than the worker may stay. The keeper writes it. */
export const unwrittenEnd = v.object({
  outcome: v.literal("unwritten"),
  ...jobName.entries,
  /** Redis' count of the job's starts, this one too: the end of another start is not this one's to write. */
  starts: count,
  /** How many attempts had ended before. */
  ends: count,
  /** As JSON. undefined: the processor returned nothing, or the job failed. */
  result: v.optional(v.pipe(v.string(), v.maxLength(longestUnwrittenEnds))),
  /** undefined: the job completed. isFinal: it is not to be tried again. */
  failure: v.optional(v.object({ name: prose, message: prose, stack: v.optional(prose), isFinal: v.boolean() })),
});
export type UnwrittenEnd = v.InferOutput<typeof unwrittenEnd>;
