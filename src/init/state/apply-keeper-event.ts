import { longestLockMs } from "../../protocol/queue-options.ts";
import { followRule, obeyFleet, restartFleet } from "./apply-fleet.ts";
import { type Event, type ExitStatus, exitText } from "./event.ts";
import { noFleet } from "./fleet-state.ts";
import { withJobs, withoutJobs } from "./job-list.ts";
import type { HandBackOrder } from "./keeper.ts";
import { hurryKeeper } from "./keeper-pause.ts";
import { backOffMs, hasLived, type Limits } from "./limits.ts";
import { takeJobCounts } from "./measured-queues.ts";
import { isLeaving } from "./phase.ts";
import { noteDemand } from "./range-snapshot.ts";
import { addRetryDelay } from "./retry-delays.ts";
import { transitionKeeper } from "./transitions.ts";
import type { Worker } from "./worker.ts";
import { slotOfWorker, type World } from "./world.ts";

export type KeeperEvent = Extract<Event, { keeper: number } | { deadWorker: number }>;

export function applyKeeperEvent(world: World, event: KeeperEvent, limits: Limits, now: number): void {
  if (event.kind === "jobsHandedBack") {
    settleHandBackOrder(world, event);
    return;
  }
  const { keeper } = world;
  if (keeper?.id !== event.keeper) return;
  switch (event.kind) {
    case "keeperLaunched":
      keeper.pid = event.pid;
      return;
    case "keeperReady":
      if (keeper.state !== "starting") return;
      transitionKeeper(keeper, "ready", now + limits.keeperSilentMs);
      keeper.readyAt = now;
      if (now - keeper.askedAt < limits.keeperTimeMs) world.slowKeepers = 0;
      return;
    case "keeperAlive":
      if (keeper.state === "ready") keeper.deadline = now + limits.keeperSilentMs;
      return;
    case "keeperWithdrew":
      keeper.hasWithdrawn = true;
      return;
    case "fleetOrdered":
      obeyFleet(world, event, limits, now);
      return;
    case "fleetRuled":
      followRule(world, event.rule, limits, now);
      return;
    case "fleetJoined":
      world.fleet = { ...world.fleet, after: world.fleet.after ?? event.after };
      return;
    case "fleetRestarted":
      restartFleet(world, event);
      return;
    case "keeperAskedRetryDelay":
      addRetryDelay(world, event.question, now);
      return;
    case "keeperQuarantined":
      world.quarantined = event.quarantined;
      return;
    case "keeperSawStale":
      world.staleQueues = { queues: event.queues, toldAt: now };
      return;
    case "keeperCountedJobs":
      takeJobCounts(world, event.queues, now);
      return;
    case "keeperCountedDue":
      for (const { queue, jobs } of event.queues) world.dueJobs.set(queue, { jobs, countedAt: now });
      noteDemand(world, limits, now);
      return;
    case "jobsRecovered":
      world.handBacks.earlierInstance += event.handedBack.length;
      settle(world, { ...event, wroteCompleted: [], wroteFailed: [] });
      return;
    case "keeperExited":
      world.keeper = undefined;
      world.retryDelays = [];
      world.keeperFailures = hasLived(keeper.readyAt, limits, now) ? 1 : world.keeperFailures + 1;
      // The numbers of the rules and commands of another Redis are not comparable.
      if (keeper.hasMoved) world.fleet = noFleet;
      world.keeperNotBefore = keeper.hasMoved ? now : now + backOffMs(world.keeperFailures, limits);
      hurryKeeper(world, limits, now);
      // Its successor gets the orders again, and no longer finds the jobs that were already handed back.
      for (const one of world.handBackOrders) one.isOrdered = false;
      return;
  }
}

type Settled = Pick<Extract<Event, { deadWorker: number }>, "handedBack" | "failed" | "wroteCompleted" | "wroteFailed">;

/** Jobs that were counted as lost may be settled after all. */
function settle({ account }: World, { handedBack, failed, wroteCompleted, wroteFailed }: Settled): void {
  account.handedBack = withJobs(account.handedBack, handedBack);
  account.finished += wroteCompleted.length;
  account.failed += failed.length + wroteFailed.length;
  account.lost = withoutJobs(account.lost, [...handedBack, ...failed, ...wroteCompleted, ...wroteFailed]);
}

function settleHandBackOrder(world: World, event: Extract<Event, { deadWorker: number }>): void {
  world.handBacks.death += event.handedBack.length;
  settle(world, event);
  const { deadWorker, failed, wroteCompleted, wroteFailed } = event;
  const settled = world.handBackOrders.find((one) => one.worker === deadWorker);
  // The keeper has searched again and found another job of a worker whose order is already settled.
  if (settled === undefined) return;
  world.handBackOrders.splice(world.handBackOrders.indexOf(settled), 1);
  const slot = slotOfWorker(world, settled);
  slot.finished += wroteCompleted.length;
  slot.failed += failed.length + wroteFailed.length;
}

/**
 * Orders the keeper to hand back the jobs of a worker that has ended. Only Redis knows which jobs the worker held last;
 * `holding` is what init reports as lost if the keeper cannot ask Redis in time.
 */
export function orderHandBack(
  world: World,
  worker: Worker,
  holding: HandBackOrder["holding"],
  status: ExitStatus,
  limits: Limits,
  now: number,
): void {
  const queues = worker.statusUpdate?.queues ?? [];
  if (worker.lockOwner === undefined || queues.length === 0) return;
  if (world.current?.redis === undefined) {
    world.account.lost = withJobs(world.account.lost, holding);
    return;
  }
  world.handBackOrders.push({
    worker: worker.id,
    slot: worker.slot,
    isSpare: worker.isSpare,
    workerPid: worker.pid,
    lockOwner: worker.lockOwner,
    queues,
    holding,
    reason: `the worker ${exitText(status)}`,
    endings: [...(worker.exitReport?.unwritten ?? []), ...worker.endings],
    counts: isFaultOfJobs(world, worker),
    deadline: now + longestLockMs(worker.queueOptions, queues, limits.lockDurationMs),
    isOrdered: false,
    mayHoldMore: worker.exitReport?.mayHoldUndelivered ?? worker.seen === undefined,
  });
  hurryKeeper(world, limits, now);
}

/**
 * Whether the death counts against the jobs that the worker held: not if forker ended the worker, nor if forker had been asked to
 * end, because a grace period that is too short is not the fault of a job. A worker that drains in a reload, or to be recycled, may
 * die of its job like any other.
 */
function isFaultOfJobs(world: World, { state, exitReport, replacedFor }: Worker): boolean {
  if (exitReport !== undefined) return false;
  switch (state) {
    case "killed":
      return replacedFor !== undefined;
    case "draining":
      return !isLeaving(world);
    case "stopping":
      return false;
    case "asked":
    case "starting":
    case "standby":
    case "spare":
    case "taking":
      return true;
  }
}
