import type { Action } from "../state/action.ts";
import type { HandBackOrder } from "../state/keeper.ts";
import type { Limits } from "../state/limits.ts";
import { isLeaving } from "../state/phase.ts";
import { endWithoutExit, notKilledFor } from "../state/process-end.ts";
import type { Runner } from "../state/runner.ts";
import { wantedSlots } from "../state/wanted-slots.ts";
import type { Worker } from "../state/worker.ts";
import type { World } from "../state/world.ts";
import { giveUp } from "./give-up.ts";

/** Runs one keeper, connected to the Redis of the current generation, and sends it the hand-back orders of dead workers. */
export function reconcileKeeper(world: World, limits: Limits, now: number): Action[] {
  const late = world.handBackOrders.filter((one) => one.deadline <= now);
  const actions: Action[] = late.map((order) => ({ kind: "giveUpHandBack", order }));
  const { keeper, current } = world;
  if (world.quarantined.count > 0 && now >= world.quarantineDeadline) actions.push({ kind: "giveUpQuarantined" });
  if (keeper === undefined) {
    if (isWanted(world, limits, now) && now >= world.keeperNotBefore) actions.push({ kind: "startKeeper" });
    return actions;
  }
  const status = keeper.deadline <= now ? endWithoutExit(keeper, limits.unkillableMs, now) : undefined;
  if (status !== undefined) actions.push(giveUp("keeper", keeper, status));
  else if (keeper.deadline <= now) {
    const why =
      keeper.state === "ready"
        ? "it no longer reports that it is alive"
        : (notKilledFor(keeper) ?? `it was ${keeper.state} for too long`);
    actions.push({ kind: "killKeeper", why, hasMoved: false });
  } else if (keeper.state !== "killed" && world.handBackOrders.length === 0 && hasMoved(keeper.redis, current?.redis)) {
    actions.push({
      kind: "killKeeper",
      why: "the application now uses another Redis or another BullMQ",
      hasMoved: true,
    });
  } else if (keeper.state === "ready") {
    // An isolated job runs until its runner has ended, too.
    const isOver = ({ worker }: HandBackOrder) =>
      !world.runners.some((one) => one.worker === worker && mayHaveJob(one));
    const waiting = world.handBackOrders.filter((one) => !one.isOrdered && !late.includes(one) && isOver(one));
    actions.push(...waiting.map((one): Action => ({ kind: "handBack", deadWorker: one.worker })));
    if (isLeaving(world) && !keeper.isToldToLeave) actions.push({ kind: "keeperLeaves" });
  }
  return actions;
}

/** A runner that was ordered and is not known to exist has no job: its worker has not reported it, and no longer takes any. */
function mayHaveJob({ pid, wasPrimed }: Runner): boolean {
  return pid !== undefined || wasPrimed;
}

/** When the first keeper may start at the latest, if the workers do not report that they take jobs. */
export function firstKeeperDeadline(world: World, limits: Limits): number {
  if (world.keeper !== undefined || world.keeperFailures > 0) return Infinity;
  return Math.min(Infinity, ...world.workers.filter(isStarting).map((worker) => startDeadline(worker, limits)));
}

/** The first keeper starts after the workers, which need the CPUs during the boot. A keeper that died is replaced at once. */
function isWanted(world: World, limits: Limits, now: number): boolean {
  if (world.current?.redis === undefined) return false;
  if (world.handBackOrders.length > 0) return true;
  // Even in a drain: workers whose event loop is blocked need the keeper until they end.
  if (world.keeperFailures > 0 && (world.workers.length > 0 || world.quarantined.count > 0)) return true;
  if (world.phase !== "running" || (!world.hasStarted && wantedSlots(world).length > 0)) return false;
  if (world.keeperFailures > 0) return true;
  return !world.workers.some((worker) => isStarting(worker) && now < startDeadline(worker, limits));
}

/** Until it has reported that it takes jobs and is connected to Redis. */
function isStarting({ state, statusUpdate, isSpare }: Worker): boolean {
  if (isSpare) return false;
  if (state === "asked" || state === "starting" || state === "standby") return true;
  return state === "taking" && (statusUpdate?.connected !== true || statusUpdate.mode === "standby");
}

/** A worker that cannot reach Redis does not delay the keeper for longer, nor does one that waits for its predecessor. */
function startDeadline({ startedAt }: Worker, limits: Limits): number {
  return startedAt === undefined ? Infinity : startedAt + limits.keeperDelayMs;
}

function hasMoved(here: unknown, there: unknown): boolean {
  return here !== there && there !== undefined && JSON.stringify(here) !== JSON.stringify(there);
}
