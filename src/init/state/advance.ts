import type { Action } from "./action.ts";
import { activateCandidate, newCandidate } from "./activate-candidate.ts";
import { addKeeper, addRunners, addSpare, addTemplate, addWorker } from "./add-process.ts";
import { applyEvent } from "./apply-event.ts";
import { noteStepDown, noteStepUp } from "./demand.ts";
import { findHandBackOrder, findRunner, findTemplate, findWorker } from "./find.ts";
import { joined, noJobs, withJobs } from "./job-list.ts";
import { isSlow } from "./keeper.ts";
import { type Limits, nextKeeperTimeMs } from "./limits.ts";
import { noteUp } from "./note-up.ts";
import { forgetEnds, giveEnd } from "./pending-ends.ts";
import { beginToLeave, isLeaving } from "./phase.ts";
import { exitEvent } from "./process-end.ts";
import { replaceWorker } from "./replace-worker.ts";
import { forgetRetryDelay, giveRetryDelay } from "./retry-delays.ts";
import { transitionKeeper, transitionRunner, transitionTemplate, transitionWorker } from "./transitions.ts";
import type { Worker } from "./worker.ts";
import { deadlineOf, isNotForked } from "./worker-facts.ts";
import { slotOf, type World } from "./world.ts";

/** Changes the world by an action. perform() then carries it out, which may create events. */
export function advance(world: World, action: Action, limits: Limits, now: number): void {
  switch (action.kind) {
    case "startReload":
      world.reloadWanted = false;
      world.candidate = newCandidate(world);
      addTemplate(world, world.candidate.number, now + limits.bootTimeoutMs + limits.bootGraceMs);
      return;
    case "restartTemplate":
      addTemplate(world, action.generation, now + limits.bootTimeoutMs + limits.bootGraceMs);
      return;
    case "retireTemplate": {
      const template = findTemplate(world, action.template);
      // It forks the workers that were ordered before it exits.
      const owesWorkers = world.workers.some((one) => one.template === action.template && one.state === "asked");
      const timeMs = limits.exitTimeMs + (owesWorkers ? limits.forkTimeMs : 0);
      // A template that has closed its channel does not receive the order.
      const deadline = template.isCutOff ? Math.min(template.deadline, now + timeMs) : now + timeMs;
      transitionTemplate(template, "retiring", deadline);
      return;
    }
    case "killTemplate": {
      const template = findTemplate(world, action.template);
      template.failure ??= { message: action.why, stack: undefined, exit: "bootFailure" };
      if (action.broken && template.generation === world.current?.number) world.brokenTemplates += 1;
      template.killedAt ??= now;
      template.killFailure = undefined;
      transitionTemplate(template, "killed", now + limits.killAgainMs);
      return;
    }
    case "fallBack":
      world.brokenTemplates = 0;
      if (world.current !== undefined) world.current = { ...world.current, engine: "spawn", engineReason: action.why };
      return;
    case "activate":
      activateCandidate(world);
      noteUp(world, now);
      return;
    case "abandonReload":
      world.candidate = undefined;
      return;
    case "startWorkers":
      for (const slot of action.slots) addWorker(world, action.generation, slot, now, limits);
      return;
    case "addWorkers":
    case "removeWorkers": {
      const isVacant = action.kind === "removeWorkers";
      for (const slot of action.slots) Object.assign(slotOf(world, slot), { isVacant, wantedAt: now });
      const demand = world.demands.get(action.range);
      if (demand === undefined) return;
      if (action.kind === "addWorkers") noteStepUp(demand, now);
      else noteStepDown(demand, action.mistakeForMs, now);
      return;
    }
    case "holdWorkers": {
      const demand = world.demands.get(action.range);
      if (demand !== undefined) demand.heldBy = action.heldBy;
      return;
    }
    case "startSpare":
      addSpare(world, now, limits);
      return;
    case "takeOver": {
      const worker = findWorker(world, action.worker);
      worker.isSpare = false;
      worker.slot = action.slot;
      worker.toldSuspended = slotOf(world, action.slot).suspended;
      worker.suspensionOrders += 1;
      take(worker, now);
      return;
    }
    case "startRunners":
      addRunners(world, findWorker(world, action.worker), action.count, now, limits);
      return;
    case "killRunner": {
      const runner = findRunner(world, action.runner);
      runner.killedAt ??= now;
      runner.killFailure = undefined;
      runner.killedFor ??= action.why;
      transitionRunner(runner, "killed", now + limits.killAgainMs);
      return;
    }
    case "take":
      take(findWorker(world, action.worker), now);
      return;
    case "suspend":
    case "resume": {
      const worker = findWorker(world, action.worker);
      worker.toldSuspended = action.kind === "suspend";
      worker.suspensionOrders += 1;
      return;
    }
    case "drain": {
      const worker = findWorker(world, action.worker);
      worker.idleSince = now;
      transitionWorker(worker, "draining", deadlineOf(worker, action.deadline));
      return;
    }
    case "stop": {
      const worker = findWorker(world, action.worker);
      const deadline = deadlineOf(worker, now + limits.stopTimeoutMs + limits.handBackTimeMs);
      // A worker that a dead template did not fork does not stop: init gives it up as soon as without this order.
      transitionWorker(worker, "stopping", isNotForked(world, worker) ? Math.min(worker.deadline, deadline) : deadline);
      return;
    }
    case "stopUnkilled":
      findWorker(world, action.worker).isToldToStop = true;
      return;
    case "kill": {
      const worker = findWorker(world, action.worker);
      worker.killedAt ??= now;
      worker.killFailure = undefined;
      transitionWorker(worker, "killed", now + limits.killAgainMs);
      return;
    }
    case "passOnEnd":
      giveEnd(world, action.number, action.worker);
      return;
    case "askRetryDelay":
      giveRetryDelay(world, action.number, action.worker);
      return;
    case "answerRetryDelay":
      forgetRetryDelay(world, action.number);
      return;
    case "dropEnds":
      forgetEnds(world, action.numbers);
      return;
    case "endJobs": {
      const worker = findWorker(world, action.worker);
      worker.endings.push(...action.endings);
      worker.killedAt ??= now;
      worker.killFailure = undefined;
      transitionWorker(worker, "killed", now + limits.killAgainMs);
      return;
    }
    case "giveUp":
      applyEvent(world, exitEvent(action.process, action.status), limits, now);
      return;
    case "replace":
      replaceWorker(world, findWorker(world, action.worker), action, limits, now);
      return;
    case "recycle":
      findWorker(world, action.worker).isRetiring = true;
      return;
    case "startKeeper":
      addKeeper(world, now, nextKeeperTimeMs(world.slowKeepers, limits));
      return;
    case "keeperLeaves":
      if (world.keeper !== undefined) world.keeper.isToldToLeave = true;
      return;
    case "withdraw":
      if (world.keeper !== undefined) world.keeper.withdrawDeadline = now + limits.withdrawTimeMs;
      return;
    case "giveUpQuarantined":
      world.account.lost = joined(world.account.lost, world.quarantined);
      world.quarantined = { ...noJobs, queues: [] };
      return;
    case "killKeeper":
      if (world.keeper === undefined) return;
      if (isSlow(world.keeper, now)) world.slowKeepers += 1;
      world.keeper.killedAt ??= now;
      world.keeper.killFailure = undefined;
      world.keeper.hasMoved = action.hasMoved;
      transitionKeeper(world.keeper, "killed", now + limits.killAgainMs);
      return;
    case "handBack":
      findHandBackOrder(world, action.deadWorker).isOrdered = true;
      return;
    case "giveUpHandBack":
      world.handBackOrders.splice(world.handBackOrders.indexOf(action.order), 1);
      world.account.lost = withJobs(world.account.lost, action.order.holding);
      // Exit code 0 would mean that no job is held.
      if (isLeaving(world) && action.order.mayHoldMore) world.exit ??= "jobsNotHandedBack";
      return;
    case "fail":
      world.exit = action.exit;
      beginToLeave(world, "stopping", limits, now);
      return;
    case "tellWaiters":
      world.exitAt = now + limits.waiterEndMs;
      world.latestExitAt = now + limits.lateWaitersMs;
      return;
    case "exit":
      return;
  }
}

function take(worker: Worker, now: number): void {
  worker.idleSince = now;
  transitionWorker(worker, "taking", deadlineOf(worker, Infinity));
}
