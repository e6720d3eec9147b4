import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { runningSince } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";

/**
 * A worker that receives TERM or INT stops by itself. If its event loop has not turned since, init kills it after
 * FORKER_STOP_TIMEOUT, and its jobs are handed back. For USR1 see job-stops.ts.
 */
export function reconcileSignals(world: World, limits: Limits, now: number): Action[] {
  const why = "it received a signal to stop, and its event loop is blocked";
  return world.workers
    .filter((worker) => dueAt(world, worker, limits) <= now)
    .map((worker) => ({ kind: "kill", worker: worker.id, why }));
}

/** When reconcileSignals() next has to kill a worker. */
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
