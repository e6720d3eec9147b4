/** Runners that wait for jobs cost memory, and forking one takes milliseconds. */
const waitingAtMost = 16;
/** While two of them start jobs, the template forks the next two. */
const waitingAtLeast = 4;

/** The isolated jobs of a worker. */
export interface RunnerJobs {
  /** How many isolated jobs may run at a time. */
  readonly places: number;
  /** Jobs that have a runner, or wait for one. */
  readonly running: number;
  /** Jobs that wait for a runner. */
  readonly queued: number;
  /** The worker takes no more jobs. */
  readonly isLeaving: boolean;
}

interface Circumstances extends RunnerJobs {
  /** No isolated job has come for a while. */
  readonly isIdle: boolean;
  /** The container has little memory left. */
  readonly isShort: boolean;
}

/** How many primed runners a worker wants. */
export function runnersWanted({ places, running, queued, isIdle, isShort, isLeaving }: Circumstances): number {
  if (places === 0 || isLeaving) return 0;
  // One by one: each of them needs memory, too.
  if (isShort) return Math.min(1, queued);
  const free = Math.max(waitingAtLeast, Math.min(places - running, waitingAtMost));
  return Math.max(isIdle ? 1 : free, queued);
}
