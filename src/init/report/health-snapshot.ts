import type { HealthSnapshot, SlotSnapshot, WorkerSnapshot } from "../../admin/health.ts";
import { stuckWorkers } from "../decide/reconcile-health.ts";
import { canFork } from "../decide/reconcile-runners.ts";
import type { Limits } from "../state/limits.ts";
import type { Runner } from "../state/runner.ts";
import { wantedSlots } from "../state/wanted-slots.ts";
import type { Worker } from "../state/worker.ts";
import { isInSlot } from "../state/worker-facts.ts";
import { slotOf, type World } from "../state/world.ts";

/** A process that SIGKILL has not ended after this time hangs in the kernel (a dead disk or network mount). */
const unkillableMs = 60_000;
const addedJudgedAfterMs = 5_000;
/** So many runners in a row that were not ready for a job have a lasting cause. */
const runnerFailuresToTell = 3;
/** In a burst, runners are forked as fast as they get jobs. */
const longForkMs = 1_000;

/** What the health endpoints need to know about init and its workers. `turnedAt`: when init's loop last turned. */
export function healthSnapshot(world: World, limits: Limits, turnedAt: number, now: number): HealthSnapshot {
  const stuckReasons = new Map(stuckWorkers(world, limits, now).map(({ worker, why }) => [worker.id, why]));
  const slots = wantedSlots(world)
    .filter((slot) => isJudged(world, slot, now))
    .map((slot) => slotSnapshot(world, slot, stuckReasons, now));
  const { phase, isUp, suspended: isSuspended } = world;
  return { phase, isUp, isSuspended, sinceTurnMs: now - turnedAt, slots };
}

/** Whether a worker that the demand has just added takes jobs yet says nothing about the others. */
function isJudged({ slots }: World, index: number, now: number): boolean {
  const slot = slots[index];
  return slot === undefined || slot.failures > 0 || now - slot.wantedAt >= addedJudgedAfterMs;
}

function slotSnapshot(
  world: World,
  index: number,
  stuckReasons: ReadonlyMap<number, string>,
  now: number,
): SlotSnapshot {
  const { failures, notBefore } = slotOf(world, index);
  const workers = world.workers.filter((worker) => isInSlot(worker, index));
  return {
    slot: index,
    workers: workers.map((worker) => workerSnapshot(world, worker, stuckReasons.get(worker.id), now)),
    crashes: failures,
    retryInMs: Math.max(0, notBefore - now),
  };
}

function workerSnapshot(world: World, worker: Worker, stuckReason: string | undefined, now: number): WorkerSnapshot {
  const { pid, statusUpdate, isStoppedBySignal, state, replacedFor } = worker;
  const isFinishing = state === "draining" && replacedFor !== undefined;
  const stuck = stuckReason ?? (isFinishing ? `it will be replaced when its jobs end: ${replacedFor}` : undefined);
  return {
    pid,
    doing: doingOf(worker),
    connected: statusUpdate?.connected ?? false,
    connectionError: statusUpdate?.connectionError,
    stuck: isStoppedBySignal ? "stopped (SIGSTOP)" : (stuck ?? runnersText(world, worker, now)),
    unkillable: unkillableFor(worker, now),
  };
}

/** Why a job of an isolated queue that is added now would not start; undefined: it would, or others run in its place. */
function runnersText(world: World, worker: Worker, now: number): string | undefined {
  const { runnerFailures, runnerFault, runnersWanted } = worker;
  if (runnersWanted === undefined) return undefined;
  const runners = world.runners.filter((one) => one.worker === worker.id);
  // A runner that is primed takes the next job.
  if (runners.some(({ state }) => state === "primed")) return undefined;
  if (runnerFault !== undefined && runnerFailures >= runnerFailuresToTell)
    return `its runners do not start, ${runnerFailures} in a row: the last one ${runnerFault}`;
  if (runnersWanted.waiting === 0 || worker.state !== "taking" || worker.statusUpdate?.mode !== "taking")
    return undefined;
  const why = runnersLackFor(world, worker, runners, now);
  return why === undefined ? undefined : `no runner is ready for a job: ${why}`;
}

function runnersLackFor(world: World, worker: Worker, runners: readonly Runner[], now: number): string | undefined {
  if (!canFork(world, worker)) return "the template that forks them is being replaced";
  if (now < worker.runnersNotBefore) return `the last one ${worker.runnerFault ?? "ended"}`;
  const since = Math.min(Infinity, ...runners.filter(({ state }) => state === "asked").map(({ askedAt }) => askedAt));
  if (!worker.hasHadRunner || now - since > longForkMs) return "the next one is starting";
  return undefined;
}

/**
 * A worker that was ordered to take jobs takes them once it reports that it does. One that drains in a reload after that counts as taking,
 * unless its slot is suspended: its successor takes no jobs either.
 */
function doingOf({ state, statusUpdate, toldSuspended }: Worker): WorkerSnapshot["doing"] {
  switch (state) {
    case "asked":
    case "starting":
      return "starting";
    case "taking":
      return statusUpdate?.mode ?? "standby";
    case "draining": {
      if (toldSuspended) return "suspended";
      const mode = statusUpdate?.mode ?? "standby";
      return mode === "taking" ? "draining" : mode;
    }
    case "spare":
      return "standby";
    case "standby":
    case "stopping":
    case "killed":
      return state;
  }
}

/**
 * An unkillable worker leaves its slot idle, because a successor takes no jobs before its predecessor has ended. Only a new
 * container helps. If a hanging worker can be killed, the others need not end.
 */
function unkillableFor({ killedAt, killFailure }: Worker, now: number): string | undefined {
  const killedMs = killedAt === undefined ? 0 : now - killedAt;
  if (killedMs < unkillableMs) return undefined;
  const seconds = Math.round(killedMs / 1000);
  return killFailure === undefined
    ? `SIGKILL has not ended it for ${seconds} s`
    : `init has failed to kill it for ${seconds} s: ${killFailure}`;
}
