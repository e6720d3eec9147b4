import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { runningSince } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";
import { endingsOf } from "./reconcile-jobs.ts";

/**
 * A worker that receives TERM, INT or QUIT ends by itself. init kills it if it cannot: its event loop is blocked, so that it has
 * not acted on the signal (a beat does not show that it has: timers come first), or it has, and a job that blocks or something
 * that hangs keeps it from ending. For USR1 see job-stops.ts.
 */
export function reconcileSignals(world: World, limits: Limits, now: number): Action[] {
  return world.workers.flatMap((worker): Action[] => {
    if (unheardUntil(world, worker, limits) <= now)
      return [end(worker, "it received a signal to stop, and its event loop is blocked")];
    if (leavesBy(world, worker, limits) > now) return [];
    return [end(worker, `it was ${worker.seen?.mode} for too long after a signal to its pid`)];
  });
}

/** Jobs that USR1 or `forker stop-job` has stopped get their outcome, and all others are handed back. */
function end(worker: Worker, why: string): Action {
  const endings = worker.stops.flatMap((stop) => endingsOf(worker, stop));
  return endings.length > 0
    ? { kind: "endJobs", worker: worker.id, endings }
    : { kind: "kill", worker: worker.id, why };
}

/** When reconcileSignals() next has to kill a worker. */
export function nextSignalDeadline(world: World, limits: Limits): number {
  const dues = world.workers.map((worker) =>
    Math.min(unheardUntil(world, worker, limits), leavesBy(world, worker, limits)),
  );
  return Math.min(Infinity, ...dues);
}

function unheardUntil(world: World, worker: Worker, limits: Limits): number {
  const { seen } = worker;
  if (hasDeadline(worker) || seen === undefined || seen.stopHeardAt >= seen.stopAskedAt) return Infinity;
  return (
    Math.max(seen.stopAskedAt, runningSince(world, worker)) + Math.max(limits.stopTimeoutMs, limits.unheededTimeMs)
  );
}

/** When a worker that leaves without an order must have ended: as long after it began as if init had ordered it. */
function leavesBy(world: World, worker: Worker, limits: Limits): number {
  const mode = worker.seen?.mode;
  if (hasDeadline(worker) || (mode !== "stopping" && mode !== "draining")) return Infinity;
  if (mode === "draining" && !worker.drainsByItself) return Infinity;
  const drainMs = mode === "draining" ? limits.reloadDrainTimeoutMs : 0;
  const since = Math.max(worker.modeSince, runningSince(world, worker));
  return since + drainMs + limits.stopTimeoutMs + limits.handBackTimeMs;
}

/** init has ordered it to stop, or it has reported its end. */
function hasDeadline({ state, exitReport }: Worker): boolean {
  return state === "stopping" || state === "killed" || exitReport !== undefined;
}
