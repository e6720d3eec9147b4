import type { JobList } from "../../protocol/drain-report.ts";
import type { JobName } from "../../protocol/messages.ts";

/** Far more than a person reads, and bounded, because init runs for months. */
const namedAtMost = 100;

export const noJobs: JobList = { count: 0, latest: [] };

export function withJobs(list: JobList, more: readonly JobName[]): JobList {
  return joined(list, { count: more.length, latest: more.map(nameOnly) });
}

/** Leaves out what else is known of a job, such as a whole id of any length. */
function nameOnly({ queue, id }: JobName): JobName {
  return { queue, id };
}

/** Removes the settled jobs that the list names. */
export function withoutJobs(list: JobList, settled: readonly JobName[]): JobList {
  const isSettled = (one: JobName) => settled.some(({ queue, id }) => queue === one.queue && id === one.id);
  const latest = list.latest.filter((one) => !isSettled(one));
  return { count: list.count - (list.latest.length - latest.length), latest };
}

export function joined(one: JobList, other: JobList): JobList {
  return { count: one.count + other.count, latest: [...one.latest, ...other.latest].slice(-namedAtMost) };
}
