import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import { isLeaving } from "../state/phase.ts";
import { endWithoutExit, notKilledFor } from "../state/process-end.ts";
import type { Runner } from "../state/runner.ts";
import type { Template } from "../state/template.ts";
import type { Worker } from "../state/worker.ts";
import type { World } from "../state/world.ts";
import { giveUp } from "./give-up.ts";
import { reconcileEnds } from "./reconcile-ends.ts";
import { nextProof, reconcileGenerations } from "./reconcile-generations.ts";
import { reconcileHealth } from "./reconcile-health.ts";
import { nextJobDeadline, reconcileJobs } from "./reconcile-jobs.ts";
import { firstKeeperDeadline, reconcileKeeper } from "./reconcile-keeper.ts";
import { leave } from "./reconcile-leaving.ts";
import { reconcileRanges } from "./reconcile-ranges.ts";
import { reconcileRecycling } from "./reconcile-recycling.ts";
import { reconcileRetryDelays } from "./reconcile-retry-delays.ts";
import { nextRunnerDeadline, reconcileRunners } from "./reconcile-runners.ts";
import { nextSignalDeadline, reconcileSignals } from "./reconcile-signals.ts";
import { reconcileSlots } from "./reconcile-slots.ts";

/**
 * Decides what to do now, given all that init knows. A pure function: it reads the world and changes nothing. The loop
 * performs the actions and calls it again until it returns none.
 */
export function reconcile(world: World, limits: Limits, now: number): Action[] {
  const late = overdue(world, limits, now);
  if (late.length > 0) return late;
  const unheeded = [...reconcileJobs(world, limits, now), ...reconcileSignals(world, limits, now)];
  if (unheeded.length > 0) return unheeded;
  const runners = reconcileRunners(world, limits, now);
  if (runners.length > 0) return runners;
  const keeper = reconcileKeeper(world, limits, now);
  const ends = [...reconcileEnds(world, limits), ...reconcileRetryDelays(world, now)];
  if (isLeaving(world)) return [...keeper, ...ends, ...leave(world, limits, now)];
  if (world.refusal !== undefined) return [...keeper, ...ends, { kind: "fail", ...world.refusal }];
  const generations = reconcileGenerations(world, limits, now);
  const supervision = [
    ...generations,
    ...reconcileRanges(world, limits, now),
    ...reconcileSlots(world, limits, now),
    ...reconcileHealth(world, limits, now),
    ...reconcileRecycling(world, limits, now),
  ];
  // A process that init starts in the turn in which it gives up would have no pid yet when init must end it.
  const givingUp = supervision.filter(({ kind }) => kind === "fail");
  if (givingUp.length > 0) return [...keeper, ...ends, ...givingUp];
  return [...keeper, ...ends, ...(generations.some(changesGenerations) ? generations : supervision)];
}

/** What else was decided for the generations before may not fit those after: their slots, engines and templates. */
function changesGenerations({ kind }: Action): boolean {
  return kind === "activate" || kind === "abandonReload" || kind === "fallBack";
}

/**
 * Moves on every process that has passed its deadline: starting → killed, draining → stopped, stopping → killed, killed →
 * killed again. Gives up a process that has no pid, or that SIGKILL does not end. If a forked worker has not connected by its
 * deadline, or a runner has no pid, its template hangs or forks processes that cannot live, and is killed first.
 */
function overdue(world: World, limits: Limits, now: number): Action[] {
  const actions: Action[] = [];
  for (const template of world.templates) {
    const broken = template.state === "ready" ? brokenBy(world, template, now) : undefined;
    if (broken !== undefined) actions.push({ kind: "killTemplate", template: template.id, ...broken });
    if (broken !== undefined || template.deadline > now) continue;
    const status = endWithoutExit(template, limits.unkillableMs, now);
    if (status !== undefined) actions.push(giveUp("template", template, status));
    else actions.push({ kind: "killTemplate", template: template.id, why: whyLate(template), broken: false });
  }
  const timeoutMs = isLeaving(world) ? limits.unkillableMs : Infinity;
  for (const worker of world.workers) {
    if (isToStopUnkilled(worker)) actions.push({ kind: "stopUnkilled", worker: worker.id });
    if (worker.deadline > now) continue;
    const status = endWithoutExit(worker, timeoutMs, now);
    if (status !== undefined) actions.push({ ...giveUp("worker", worker, status), slot: worker.slot });
    else if (worker.state === "draining" && worker.exitReport === undefined)
      actions.push({ kind: "stop", worker: worker.id });
    else actions.push({ kind: "kill", worker: worker.id, why: whyKilled(worker) });
  }
  return actions;
}

/** It runs on, and would take jobs until init can kill it. */
function isToStopUnkilled({ state, killFailure, isToldToStop, isCutOff, exitReport }: Worker): boolean {
  if (state !== "killed" || killFailure === undefined) return false;
  return !isToldToStop && !isCutOff && exitReport === undefined;
}

function whyLate(template: Template): string {
  const { state, isCutOff, isTrying } = template;
  const notKilled = notKilledFor(template);
  if (notKilled !== undefined) return notKilled;
  if (state === "killed") return "it was killed for too long";
  if (isCutOff) return "its channel has closed, and it did not exit";
  if (state !== "loading") return `it was ${state} for too long`;
  if (template.failure !== undefined) return "it failed to load, and did not exit";
  return isTrying ? "it did not return from the trial fork" : "it did not load within FORKER_BOOT_TIMEOUT";
}

function whyKilled(worker: Worker): string {
  const { state, exitReport, isCutOff } = worker;
  const notKilled = notKilledFor(worker);
  if (notKilled !== undefined) return notKilled;
  if (state === "killed") return "it was killed for too long";
  if (exitReport !== undefined) return "it reported its end and did not exit";
  return isCutOff ? "init can no longer reach it, and it did not exit" : `it was ${state} for too long`;
}

/** Whether it hangs, or cannot fork. `broken`: spawned workers may do better, which they cannot for runners. */
function brokenBy(world: World, template: Template, now: number): { why: string; broken: boolean } | undefined {
  const isOwed = (one: Worker | Runner) => one.template === template.id && one.state === "asked" && one.deadline <= now;
  const secondsSince = (instant: number) => Math.round((now - instant) / 1000);
  const worker = world.workers.find(isOwed);
  if (worker !== undefined) {
    const which = worker.isSpare ? "a spare" : `a worker for slot ${worker.slot}`;
    const seconds = secondsSince(worker.askedAt);
    return { why: `it was ordered to fork ${which} ${seconds} s ago, and that worker has not connected`, broken: true };
  }
  if (template.broken !== undefined) return { why: template.broken, broken: true };
  const runner = world.runners.find((one) => isOwed(one) && one.pid === undefined);
  if (runner === undefined) return undefined;
  const ago = `${secondsSince(runner.askedAt)} s ago`;
  return {
    why: `it was ordered to fork a runner for slot ${runner.slot} ${ago}, and its pid never became known`,
    broken: false,
  };
}

/** When reconcile() may next decide differently without any event. */
export function nextDeadline(world: World, limits: Limits, now: number): number {
  let next = Math.min(
    world.exitAt ?? Infinity,
    world.keeper?.deadline ?? Infinity,
    world.quarantined.count > 0 ? world.quarantineDeadline : Infinity,
    nextJobDeadline(world, limits, now),
    nextSignalDeadline(world, limits),
    nextProof(world, limits),
    nextRunnerDeadline(world, now),
  );
  for (const { deadline } of world.handBackOrders) next = Math.min(next, deadline);
  for (const { deadline } of world.templates) next = Math.min(next, deadline);
  for (const { deadline } of world.workers) next = Math.min(next, deadline);
  const wait = (until: number) => {
    if (until > now) next = Math.min(next, until);
  };
  for (const { notBefore } of world.slots) wait(notBefore);
  wait(world.spare.notBefore);
  wait(world.templateNotBefore);
  wait(world.keeperNotBefore);
  wait(world.keeper?.withdrawDeadline ?? Infinity);
  wait(firstKeeperDeadline(world, limits));
  return next;
}
