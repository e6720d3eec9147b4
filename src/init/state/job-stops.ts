import type { BoardJob, BoardRow } from "../../board/row-reader.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { Limits } from "./limits.ts";
import type { Worker } from "./worker.ts";
import { jobsOf, stoppableJobsOf } from "./worker-facts.ts";
import type { World } from "./world.ts";

/** USR1 to init: stops every running job. */
export function orderAllStops(world: World, limits: Limits, now: number): void {
  for (const worker of world.workers) orderStop(worker, stoppableJobsOf(worker), "SIGUSR1", limits, now);
}

/** USR1 to a worker's pid: stops the jobs that it held then. The worker does so by itself unless its event loop is blocked. */
export function orderOwnStops(worker: Worker, before: BoardRow | undefined, limits: Limits): void {
  const askedAt = worker.seen?.jobStopAskedAt ?? 0;
  if (askedAt <= (before?.jobStopAskedAt ?? 0)) return;
  const jobs = jobsOf(worker).filter(({ startedAt }) => startedAt <= askedAt);
  orderStop(worker, jobs, "SIGUSR1", limits, askedAt);
}

/** `forker stop-job`. */
export function orderJobStop(world: World, job: JobName, limits: Limits, now: number): void {
  const worker = holderOf(world, job);
  if (worker === undefined) return;
  const jobs = jobsOf(worker).filter((one) => one.queue === job.queue && one.id === job.id);
  orderStop(worker, jobs, "forker stop-job", limits, now);
}

/** The worker that holds a job, as far as init knows. */
export function holderOf(world: World, { queue, id }: JobName): Worker | undefined {
  return world.workers.find((worker) => jobsOf(worker).some((job) => job.queue === queue && job.id === id));
}

/** Called after each read of the board. */
export function forgetDoneStops(worker: Worker): void {
  worker.stops = worker.stops.filter((stop) => stillHeld(worker, stop.jobs).length > 0);
}

/** Those of the given jobs that the worker still runs, in the same run as then. */
export function stillHeld(worker: Worker, jobs: readonly BoardJob[]): BoardJob[] {
  const holding = stoppableJobsOf(worker);
  return jobs.filter((one) => holding.some((job) => isSameRun(job, one)));
}

/** The job may have started since: then it has another instant, and still the same number. */
function isSameRun(left: BoardJob, right: BoardJob): boolean {
  if (left.queue !== right.queue || left.id !== right.id) return false;
  if (left.starts === undefined || right.starts === undefined) return left.startedAt === right.startedAt;
  return left.starts === right.starts;
}

function orderStop(worker: Worker, jobs: readonly BoardJob[], by: string, limits: Limits, now: number): void {
  if (jobs.length === 0 || worker.state === "stopping" || worker.state === "killed") return;
  const order = { jobs, orderedAt: now, outcome: limits.stoppedJobs, message: `job stopped by ${by}` };
  worker.stops = [...worker.stops, order];
}
