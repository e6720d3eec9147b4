import type { BoardJob } from "../../board/row-reader.ts";
import { formatDuration } from "../../config/duration.ts";
import { timeLimitOf } from "../../config/time-limits.ts";
import type { JobEnding } from "../../protocol/dead-worker.ts";
import type { Action } from "../state/action.ts";
import { stillHeld } from "../state/job-stops.ts";
import type { Limits } from "../state/limits.ts";
import type { StopOrder, Worker } from "../state/worker.ts";
import { jobsOf, runningSince } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";

/**
 * Ends jobs that their worker should have ended and has not: the processor ignores its AbortSignal, or the event loop is
 * blocked. Only the end of the process ends such a job. The overdue jobs get the outcome that the worker would have given
 * them; the worker's other jobs are handed back.
 */
export function reconcileJobs(world: World, limits: Limits, now: number): Action[] {
  return world.workers.flatMap((worker) => {
    if (worker.seen === undefined || worker.state === "stopping" || worker.state === "killed") return [];
    const endings = [...overdueStops(world, worker, limits, now), ...overdueJobs(world, worker, limits, now)];
    return endings.length === 0 ? [] : [{ kind: "endJobs" as const, worker: worker.id, endings }];
  });
}

/** When reconcileJobs() may next find an overdue job. */
export function nextJobDeadline(world: World, limits: Limits, now: number): number {
  const dues = world.workers.flatMap((worker) =>
    worker.stops
      .map((stop) => stop.orderedAt + limits.stopTimeoutMs)
      .concat(runningJobsOf(worker).map((job) => job.startedAt + (hardLimitOf(worker, job, limits) ?? Infinity)))
      .flatMap((due) => [due, due + limits.unheededTimeMs, due + limits.handBackTimeMs]),
  );
  return Math.min(Infinity, ...dues.filter((due) => due > now));
}

function overdueStops(world: World, worker: Worker, limits: Limits, now: number): JobEnding[] {
  return worker.stops
    .filter((stop) => isUnheeded(world, worker, stop.orderedAt, stop.orderedAt + limits.stopTimeoutMs, limits, now))
    .flatMap((stop) => endingsOf(worker, stop));
}

/** The outcomes of the jobs of this order that the worker still holds. */
export function endingsOf(worker: Worker, { jobs, outcome, message }: StopOrder): JobEnding[] {
  const held = stillHeld(worker, jobs);
  return held.map(({ queue, id }) => ({ queue, id, outcome, message, error: "JobStoppedError" }));
}

function overdueJobs(world: World, worker: Worker, limits: Limits, now: number): JobEnding[] {
  return runningJobsOf(worker).flatMap((job) => {
    const hardMs = hardLimitOf(worker, job, limits);
    if (hardMs === undefined) return [];
    const due = job.startedAt + hardMs;
    if (!isUnheeded(world, worker, due, due, limits, now)) return [];
    const message = `job ran for longer than its time limit of ${formatDuration(hardMs)}`;
    return [{ queue: job.queue, id: job.id, outcome: "retry" as const, message, error: "JobTimeoutError" as const }];
  });
}

/** A job that waits for its start has no time limit. */
function runningJobsOf(worker: Worker): BoardJob[] {
  return jobsOf(worker).filter(({ stage }) => stage === "running");
}

function hardLimitOf(worker: Worker, { queue }: BoardJob, limits: Limits): number | undefined {
  const limit = timeLimitOf(worker.timeLimits, queue);
  return limit === undefined ? undefined : (limit.hardMs ?? limit.softMs + limits.stopTimeoutMs);
}

/**
 * Whether the worker has not done what was due. A worker whose event loop has not turned since the request is judged at the
 * due time; any other a little later, because it is about to end the job itself, which costs its other jobs nothing.
 */
function isUnheeded(world: World, worker: Worker, askedAt: number, due: number, limits: Limits, now: number): boolean {
  const since = runningSince(world, worker);
  const heardAt = Math.max(askedAt, since);
  const isBlocked = (worker.seen?.beatAt ?? 0) < heardAt && now >= heardAt + limits.unheededTimeMs;
  return isBlocked ? now >= due : now >= Math.max(due, since) + limits.handBackTimeMs;
}
