import { printable } from "../../text/printable.ts";
import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { blockedAfterMs, jobsOf, runningSince } from "../state/worker-facts.ts";
import { slotOf, type World } from "../state/world.ts";

/** What a worker should do and does not: `why` ends the sentence "it is replaced: …". */
export interface StuckWorker {
  readonly worker: Worker;
  readonly why: string;
  /** Its event loop turns: it may end in order. */
  readonly hears: boolean;
}

/**
 * Just the stuck worker is replaced, one at a time. One that still runs jobs finishes them first: what is wrong with it is that
 * it takes no others. A slot whose workers are replaced again and again waits twice as long each time.
 */
export function reconcileHealth(world: World, limits: Limits, now: number): Action[] {
  if (world.workers.some(isBeingReplaced)) return [];
  const [first] = stuckWorkers(world, limits, now).filter(
    ({ worker }) => now >= slotOf(world, worker.slot).replaceNotBefore,
  );
  if (first === undefined) return [];
  const { worker, why, hears } = first;
  if (!hears) return [{ kind: "replace", worker: worker.id, how: "kill", why }];
  return [{ kind: "replace", worker: worker.id, how: jobsOf(worker).length > 0 ? "drain" : "stop", why }];
}

/** One that finishes its jobs is no reason to keep others that are stuck: it may take long. */
function isBeingReplaced({ state, isRetiring }: Worker): boolean {
  return state === "stopping" || state === "killed" || (isRetiring && state === "taking");
}

/**
 * Workers that have not done for FORKER_STUCK_TIMEOUT what they are for. A loop that a job blocks is no such case: the job may
 * compute, and time limits are its bound. Nor is a Redis that is away, which a new worker would not reach either.
 */
export function stuckWorkers(world: World, limits: Limits, now: number): StuckWorker[] {
  const after = limits.stuckTimeoutMs;
  if (after === 0) return [];
  return world.workers.flatMap((worker): StuckWorker[] => {
    const { seen, state } = worker;
    if (seen === undefined || (state !== "taking" && state !== "standby" && state !== "draining")) return [];
    const silentMs = now - Math.max(seen.beatAt, runningSince(world, worker));
    if (silentMs >= after && worker.isStoppedBySignal)
      return [{ worker, hears: false, why: `it has been stopped (SIGSTOP) for ${seconds(silentMs)} s` }];
    if (silentMs >= after && jobsOf(worker).length === 0) {
      const why = `its event loop has not turned for ${seconds(silentMs)} s, though it holds no job`;
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
        why: `it has taken no job for ${seconds(idleMs)} s, while some wait in ${printable(queue)}`,
      },
    ];
  });
}

/**
 * A reason for taking no job that has lost its ground: each but two has an end that its jobs bring, or its own time, and it has
 * held no job for so long. Somebody suspended it, or there is no queue: that may be so for ever.
 */
function outdatedReason(world: World, worker: Worker, limits: Limits, now: number): string | undefined {
  const { seen, statusUpdate, state, exitReport, toldSuspended } = worker;
  if (seen === undefined || state === "standby" || statusUpdate?.connected !== true || exitReport !== undefined)
    return undefined;
  const reason = seen.notTakingReason;
  if (reason === undefined || reason === "noQueues" || toldSuspended || seen.mode === "suspended") return undefined;
  const idleMs = now - Math.max(worker.idleSince, runningSince(world, worker));
  if (idleMs < limits.stuckTimeoutMs + (reason === "stoppingJobs" ? limits.stopTimeoutMs : 0)) return undefined;
  const what = reason === "mode" ? seen.mode : reason;
  return `it has held no job for ${seconds(idleMs)} s, and says that it takes none: ${what}`;
}

/** A queue of the worker's in which a job has been next for all that time, while the worker had room for it. */
function passedOver(world: World, worker: Worker, limits: Limits, now: number): string | undefined {
  const { seen, statusUpdate, state } = worker;
  const isFree = seen !== undefined && seen.mode === "taking" && seen.notTakingReason === undefined;
  if (!isFree || state !== "taking" || statusUpdate?.connected !== true) return undefined;
  // A job blocks its event loop: that is no such case, and it takes the next one when it turns again.
  if (now - seen.beatAt > blockedAfterMs) return undefined;
  if (now - Math.max(seen.tookAt, worker.turnsSince, runningSince(world, worker)) < limits.stuckTimeoutMs)
    return undefined;
  // The keeper tells again at each look: what it told long ago, before Redis went away, may not hold any more.
  if (now - world.staleQueues.toldAt > limits.stuckTimeoutMs / 2) return undefined;
  return world.staleQueues.queues.find(
    ({ queue, since }) => now - since >= limits.stuckTimeoutMs && statusUpdate.queues.includes(queue),
  )?.queue;
}

function seconds(durationMs: number): number {
  return Math.round(durationMs / 1_000);
}
