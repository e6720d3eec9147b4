import type { HealthSnapshot, SlotSnapshot, WorkerSnapshot } from "../../admin/health.ts";
import { stuckWorkers } from "../decide/reconcile-health.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { slotOf, type World, wantedSpecs } from "../state/world.ts";

/** A process that SIGKILL has not ended after this time hangs in the kernel (a dead disk or network mount). */
const unkillableMs = 60_000;

/** What the health endpoints need to know about init and its workers. `turnedAt`: when init's loop last turned. */
export function healthSnapshot(world: World, limits: Limits, turnedAt: number, now: number): HealthSnapshot {
  const stuckReasons = new Map(stuckWorkers(world, limits, now).map(({ worker, why }) => [worker.id, why]));
  const slots = wantedSpecs(world).map((_, slot) => slotSnapshot(world, slot, stuckReasons, now));
  return { phase: world.phase, isUp: world.isUp, sinceTurnMs: now - turnedAt, slots };
}

function slotSnapshot(
  world: World,
  index: number,
  stuckReasons: ReadonlyMap<number, string>,
  now: number,
): SlotSnapshot {
  const { failures, notBefore } = slotOf(world, index);
  const workers = world.workers.filter((worker) => worker.slot === index);
  return {
    slot: index,
    workers: workers.map((worker) => workerSnapshot(worker, stuckReasons.get(worker.id), now)),
    crashes: failures,
    retryInMs: Math.max(0, notBefore - now),
  };
}

function workerSnapshot(worker: Worker, stuckReason: string | undefined, now: number): WorkerSnapshot {
  const { pid, statusUpdate, isStoppedBySignal, state, replacedFor } = worker;
  const isFinishing = state === "draining" && replacedFor !== undefined;
  const stuck = stuckReason ?? (isFinishing ? `it will be replaced when its jobs end: ${replacedFor}` : undefined);
  return {
    pid,
    doing: doingOf(worker),
    connected: statusUpdate?.connected ?? false,
    connectionError: statusUpdate?.connectionError,
    stuck: isStoppedBySignal ? "stopped (SIGSTOP)" : stuck,
    unkillable: unkillableFor(worker, now),
  };
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
