import type { JobList } from "../../protocol/drain-report.ts";
import type { JobName } from "../../protocol/messages.ts";

/** What a person reads of them, and far more; init lives for months. */
const namedAtMost = 100;

export const noJobs: JobList = { count: 0, latest: [] };

export function withJobs(list: JobList, more: readonly JobName[]): JobList {
  return joined(list, { count: more.length, latest: more });
}

/** Of these, what is named in the list is taken from it. */
export function withoutJobs(list: JobList, settled: readonly JobName[]): JobList {
  const isSettled = (one: JobName) => settled.some(({ queue, id }) => queue === one.queue && id === one.id);
  const latest = list.latest.filter((one) => !isSettled(one));
  return { count: list.count - (list.latest.length - latest.length), latest };
}

export function joined(one: JobList, other: JobList): JobList {
  return { count: one.count + other.count, latest: [...one.latest, ...other.latest].slice(-namedAtMost) };
}
