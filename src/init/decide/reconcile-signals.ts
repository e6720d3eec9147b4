import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { runningSince } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";

/**
 * Workers that TERM or INT to their own pid told to stop. They do so by themselves; one whose event loop has not turned since
 * is killed when its time to stop is over, and its jobs are handed back. (USR1: job-stops.ts.)
 */
export function reconcileSignals(world: World, limits: Limits, now: number): Action[] {
  const why = "it was told to stop by a signal of its own, and its event loop is blocked";
  return world.workers
    .filter((worker) => dueAt(world, worker, limits) <= now)
    .map((worker) => ({ kind: "kill", worker: worker.id, why }));
}

/** The next instant at which one of these is due. */
export function nextSignalDeadline(world: World, limits: Limits): number {
  return Math.min(Infinity, ...world.workers.map((worker) => dueAt(world, worker, limits)));
}

function dueAt(world: World, worker: Worker, limits: Limits): number {
  const { seen, state, exitReport } = worker;
  const isLeaving = state === "stopping" || state === "killed" || exitReport !== undefined;
  if (isLeaving || seen === undefined || seen.beatAt >= seen.stopAskedAt) return Infinity;
  return (
    Math.max(seen.stopAskedAt, runningSince(world, worker)) + Math.max(limits.stopTimeoutMs, limits.unheededTimeMs)
  );
}
