import type { BullJob, BullWorker } from "../library/bull-types.ts";
import { firstMajorWithBackends } from "../library/internals.ts";
import type { Bull } from "../library/load-bull.ts";
import { completeJob } from "../older/complete-job.ts";

/** The properties of a Job that are JSON: all but those by which it reaches Redis. */
export type JobFields = Readonly<Record<string, unknown>>;

export function fieldsOf(job: BullJob): JobFields {
  return Object.fromEntries(Object.entries(job).filter(([, value]) => isPlain(value)));
}

/** Whether a property is data, and not an object of BullMQ's. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value !== undefined && typeof value !== "function";
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

/** Creates the same Job in another process, where it reaches Redis through this Worker. */
export function recreateJob(
  bull: Bull,
  jobs: Bull["api"]["Job"],
  worker: BullWorker,
  { name, data, opts, id, ...others }: JobFields,
): BullJob {
  const job = new jobs(worker, name as string, data, opts as object, id as string) as BullJob;
  Object.assign(job, { opts, ...others });
  return bull.major < firstMajorWithBackends ? completeJob(job, {}) : job;
}
