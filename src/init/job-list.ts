import type { JobList } from "../protocol/drain.ts";
import type { JobName } from "../protocol/messages.ts";

/** What a person reads of them, and far more; init lives for months. */
const namedAtMost = 100;

export const noJobs: JobList = { count: 0, latest: [] };

export function withJobs({ count, latest }: JobList, more: readonly JobName[]): JobList {
  return { count: count + more.length, latest: [...latest, ...more].slice(-namedAtMost) };
}
