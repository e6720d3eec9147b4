import { idleBeatMs } from "../../protocol/idle-beat.ts";
import { printable } from "../../text/printable.ts";
import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { isFullFor, jobsOf, runningSince, seemsToTurn } from "../state/worker-facts.ts";
import { slotOfWorker, type World } from "../state/world.ts";

/** A worker that does not do what it should. */
export interface StuckWorker {
  readonly worker: Worker;
  readonly why: string;
  /** Its event loop turns, so it can obey an order to drain or stop. */
  readonly hears: boolean;
}

/**
 * Replaces stuck workers one at a time. A worker that still runs jobs finishes them first, because only its taking of jobs is
 * broken. A slot whose workers are replaced repeatedly waits twice as long each time. A worker that gets stuck while it waits for its
 * successor is killed: the successor may not start, and nothing else would end it.
 */
export function reconcileHealth(world: World, limits: Limits, now: number): Action[] {
  const isNext = ({ worker, hears }: StuckWorker) =>
    !world.workers.some((one) => isBeingReplaced(one) && (hears || one !== worker)) &&
    now >= slotOfWorker(world, worker).replaceNotBefore;
  const first = stuckWorkers(world, limits, now).find(isNext);
  if (first === undefined) return [];
  const { worker, why, hears } = first;
  if (!hears) return [{ kind: "replace", worker: worker.id, how: "kill", why }];
  return [{ kind: "replace", worker: worker.id, how: jobsOf(worker).length > 0 ? "drain" : "stop", why }];
}

/** A worker that finishes its jobs does not delay the replacement of others: it may take long. */
function isBeingReplaced({ state, isRetiring }: Worker): boolean {
  return state === "stopping" || state === "killed" || (isRetiring && state === "taking");
}

/**
 * Workers that should have taken a job and have not for FORKER_STUCK_TIMEOUT. A worker whose event loop a job blocks is not
 * stuck: the job may compute, and time limits bound it. Nor is a worker that cannot reach Redis: its successor could not either.
 */
export function stuckWorkers(world: World, limits: Limits, now: number): StuckWorker[] {
  const after = limits.stuckTimeoutMs;
  if (after === 0) return [];
  return world.workers.flatMap((worker): StuckWorker[] => {
    const { seen, state } = worker;
    if (seen === undefined || (state !== "taking" && state !== "standby" && state !== "spare" && state !== "draining"))
      return [];
    const stoppedMs = worker.isStoppedBySignal ? now - Math.max(worker.stoppedSince, runningSince(world, worker)) : 0;
    if (stoppedMs >= after)
      return [{ worker, hears: false, why: `it has been stopped (SIGSTOP) for ${seconds(stoppedMs)} s` }];
    const silentMs = now - Math.max(seen.beatAt, runningSince(world, worker));
    // It may have turned unnoticed until its next beat was due.
    const blockedMs = silentMs - idleBeatMs(after);
    if (blockedMs >= after && jobsOf(worker).length === 0) {
      const why = `its event loop has not run for ${seconds(blockedMs)} s, although it holds no job`;
      return [{ worker, hears: false, why }];
    }
    const reason = outdatedReason(world, worker, limits, now);
    if (reason !== undefined) return [{ worker, hears: state !== "draining", why: reason }];
    const queue = passedOver(world, worker, limits, now);
    if (queue === undefined) return [];
    const idleMs = now - seen.tookAt;
    return [
      {
        worker,
        hears: true,
        why: `it has taken no job for ${seconds(idleMs)} s while jobs wait in ${printable(queue)}`,
      },
    ];
  });
}

/**
 * A reason for taking no jobs that should have ended: every reason but two ends when the worker's jobs end or after a fixed
 * time, and the worker has held no job for longer than that. The two that may last forever: it is suspended, or no queue
 * matches its patterns. A worker whose event loop does not turn shows an old reason.
 */
function outdatedReason(world: World, worker: Worker, limits: Limits, now: number): string | undefined {
  const { seen, statusUpdate, state, exitReport, toldSuspended } = worker;
  if (
    seen === undefined ||
    state === "standby" ||
    state === "spare" ||
    statusUpdate?.connected !== true ||
    exitReport !== undefined
  )
    return undefined;
  const reason = seen.notTakingReason;
  if (reason === undefined || reason === "noQueues" || toldSuspended || seen.mode === "suspended") return undefined;
  if (!seemsToTurn(worker, limits, now)) return undefined;
  const idleMs = now - Math.max(worker.idleSince, couldTakeSince(world, worker));
  if (idleMs < limits.stuckTimeoutMs + (reason === "stoppingJobs" ? limits.stopTimeoutMs : 0)) return undefined;
  const what = reason === "mode" ? seen.mode : reason;
  return `it has held no job for ${seconds(idleMs)} s and reports that it takes none: ${what}`;
}

/** A queue of the worker whose first job has not changed for FORKER_STUCK_TIMEOUT although the worker had a free place. */
function passedOver(world: World, worker: Worker, limits: Limits, now: number): string | undefined {
  const { seen, statusUpdate, state } = worker;
  const isFree = seen !== undefined && seen.mode === "taking" && seen.notTakingReason === undefined;
  if (!isFree || state !== "taking" || statusUpdate?.connected !== true) return undefined;
  // A job blocks its event loop: it takes the next job when the loop turns again.
  if (!seemsToTurn(worker, limits, now)) return undefined;
  if (now - Math.max(seen.tookAt, couldTakeSince(world, worker)) < limits.stuckTimeoutMs) return undefined;
  // The keeper reports stale queues periodically. An old report, from before a loss of Redis, may no longer be true.
  if (now - world.staleQueues.toldAt > limits.stuckTimeoutMs / 2) return undefined;
  return world.staleQueues.queues.find(
    ({ queue, since }) =>
      now - since >= limits.stuckTimeoutMs && statusUpdate.queues.includes(queue) && !isFullFor(worker, queue),
  )?.queue;
}

/** Since when the worker has been able to take jobs: neither was it frozen or blocked, nor was Redis out of its reach. */
function couldTakeSince(world: World, worker: Worker): number {
  return Math.max(runningSince(world, worker), worker.turnsSince, worker.connectedSince);
}

function seconds(durationMs: number): number {
  return Math.round(durationMs / 1_000);
}
