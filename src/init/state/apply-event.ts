import { applyBoardRead } from "./apply-board-read.ts";
import { addFleetAnswer } from "./apply-fleet.ts";
import { applyKeeperEvent } from "./apply-keeper-event.ts";
import { applyOrder } from "./apply-order.ts";
import { applyRunnerEvent, takeBack } from "./apply-runner-event.ts";
import { applyTemplateEvent } from "./apply-template-event.ts";
import { applyWorkerEvent } from "./apply-worker-event.ts";
import { type Event, isOutOfMemory } from "./event.ts";
import { findProcess } from "./find.ts";
import { orderJobStop } from "./job-stops.ts";
import type { Limits } from "./limits.ts";
import { addEnd } from "./pending-ends.ts";
import { noteDemand, noteRoom } from "./range-snapshot.ts";
import type { World } from "./world.ts";

/** Changes the world by an event. Events of processes that the world no longer contains change nothing. */
export function applyEvent(world: World, event: Event, limits: Limits, now: number): void {
  if ("status" in event && isOutOfMemory(event.status)) world.oomKills += 1;
  if (event.kind === "order") {
    applyOrder(world, event.order, limits, now);
    return;
  }
  if (event.kind === "boardRead") {
    applyBoardRead(world, event, limits, now);
    noteDemand(world, limits, now);
    return;
  }
  if (event.kind === "roomRead") {
    noteRoom(world, event.room, now);
    return;
  }
  if (event.kind === "thawed") {
    forgiveFrozenTime(world, event.frozenMs, limits, now);
    return;
  }
  if (event.kind === "killFailed") {
    const process = findProcess(world, event.process);
    if (process?.state === "killed") process.killFailure = event.why;
    return;
  }
  if (event.kind === "jobStopAsked") {
    orderJobStop(world, event.job, limits, now);
    return;
  }
  if (event.kind === "jobEnded") {
    addEnd(world, event.report);
    return;
  }
  if (event.kind === "fleetAnswered") {
    addFleetAnswer(world, event);
    return;
  }
  if (event.kind === "waiters") {
    waitersChanged(world, event.count, limits, now);
    return;
  }
  if ("keeper" in event || "deadWorker" in event) {
    applyKeeperEvent(world, event, limits, now);
    return;
  }
  if (event.kind === "runnerFound") {
    takeBack(world, event.record, now);
    return;
  }
  if ("runner" in event) {
    const runner = world.runners.find((one) => one.id === event.runner);
    if (runner !== undefined) applyRunnerEvent(world, runner, event, limits, now);
    return;
  }
  if ("template" in event) {
    const template = world.templates.find((one) => one.id === event.template);
    if (template !== undefined) applyTemplateEvent(world, template, event, limits, now);
    return;
  }
  const worker = world.workers.find((one) => one.id === event.worker);
  if (worker !== undefined) applyWorkerEvent(world, worker, event, limits, now);
}

/**
 * Extends deadlines after init and its processes were frozen together (SIGSTOP to the group, a cgroup freezer, a suspended
 * machine), because none of them could act. Locks in Redis continued to expire, so their deadlines stay. No deadline passes before
 * init has read what happened meanwhile: which children have ended, and what they and the keeper have sent.
 */
function forgiveFrozenTime(world: World, frozenMs: number, limits: Limits, now: number): void {
  world.thawedAt = now;
  const readBy = now + limits.thawTimeMs;
  const extended = (deadline: number) => Math.max(deadline + frozenMs, readBy);
  const keepers = world.keeper === undefined ? [] : [world.keeper];
  for (const one of [...world.templates, ...world.workers, ...world.runners, ...keepers]) {
    one.deadline = extended(one.deadline);
    // The kernel delivers SIGKILL when the process is thawed.
    if (one.killedAt !== undefined) one.killedAt += frozenMs;
  }
  for (const one of keepers)
    if (one.withdrawDeadline !== undefined) one.withdrawDeadline = extended(one.withdrawDeadline);
  world.drainDeadline = extended(world.drainDeadline);
  if (world.exitAt !== undefined) world.exitAt = extended(world.exitAt);
  world.latestExitAt = extended(world.latestExitAt);
  for (const order of world.handBackOrders) order.deadline = Math.max(order.deadline, readBy);
  world.quarantineDeadline = Math.max(world.quarantineDeadline, readBy);
}

/**
 * A subcommand that joins after the final report gets it at once, and time to read it. Subcommands that join one after the other do
 * not keep init from exiting.
 */
function waitersChanged(world: World, count: number, limits: Limits, now: number): void {
  const hasJoined = count > world.waiters;
  world.waiters = count;
  if (world.exitAt === undefined) return;
  if (hasJoined) {
    // After exitAt, init would have exited if it had been able to run. It may not have noticed a short freeze.
    world.latestExitAt += Math.max(0, now - world.exitAt);
    world.exitAt = Math.min(Math.max(world.exitAt, now + limits.waiterEndMs), world.latestExitAt);
  } else if (count === 0) world.exitAt = Math.min(world.exitAt, now + limits.waiterNoticedMs);
}
