import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import { isLeaving } from "../state/phase.ts";
import { endWithoutExit, notKilledFor } from "../state/process-end.ts";
import type { Runner } from "../state/runner.ts";
import { runnerEnd } from "../state/runner-fate.ts";
import type { Worker } from "../state/worker.ts";
import type { World } from "../state/world.ts";
import { giveUp } from "./give-up.ts";

/** Ends the runners that are late, or whose worker has ended, and starts those that the workers lack. */
export function reconcileRunners(world: World, limits: Limits, now: number): Action[] {
  return [...endRunners(world, limits, now), ...(isLeaving(world) ? [] : startRunners(world, now))];
}

/** When reconcileRunners() may next decide differently. */
export function nextRunnerDeadline(world: World, now: number): number {
  const pauses = world.workers.map(({ runnersNotBefore }) => runnersNotBefore).filter((instant) => instant > now);
  return Math.min(Infinity, ...world.runners.map(({ deadline }) => deadline), ...pauses);
}

function endRunners(world: World, limits: Limits, now: number): Action[] {
  return world.runners.flatMap((runner): Action[] => {
    const isAlone = runner.state !== "killed" && !world.workers.some(({ id }) => id === runner.worker);
    if (!isAlone && runner.deadline > now) return [];
    const status = endWithoutExit(runner, limits.unkillableMs, now);
    // A runner without a pid has a template that may still report one, until its deadline.
    if (status !== undefined && runner.deadline > now) return [];
    if (status !== undefined) {
      const runnerOf = { worker: runner.worker, end: runnerEnd(runner, status) };
      return [{ ...giveUp("runner", runner, status), slot: runner.slot, runnerOf }];
    }
    const why = notKilledFor(runner) ?? runner.killedFor ?? whyKilled(runner, isAlone);
    return [{ kind: "killRunner", runner: runner.id, why }];
  });
}

function whyKilled({ state }: Runner, isAlone: boolean): string {
  if (isAlone) return "its worker has ended";
  if (state === "asked") return "it was not ready for a job in time";
  return state === "ending" ? "it reported its end and did not exit" : `it was ${state} for too long`;
}

function startRunners(world: World, now: number): Action[] {
  return world.workers.flatMap((worker): Action[] => {
    const count = missing(world, worker, now);
    return count <= 0 ? [] : [{ kind: "startRunners", worker: worker.id, count }];
  });
}

/** Whether there is a template for the worker's runners. */
export function canFork({ templates }: World, { generation }: Pick<Worker, "generation">): boolean {
  return templates.some((one) => one.generation === generation && one.state === "ready");
}

/**
 * How many runners a worker that takes jobs lacks, if a template can fork them. They are ordered together when half of those that it
 * wants are lacking, because each batch costs the template as much time as a runner. While jobs wait, they are also ordered when none is
 * being forked.
 */
function missing(world: World, worker: Worker, now: number): number {
  const { runnersWanted, state } = worker;
  if (runnersWanted === undefined || now < worker.runnersNotBefore) return 0;
  if (state === "draining" || state === "stopping" || state === "killed" || worker.exitReport !== undefined) return 0;
  if (!canFork(world, worker)) return 0;
  const waiting = world.runners.filter(
    (one) => one.worker === worker.id && (one.state === "asked" || one.state === "primed"),
  );
  const lacking = runnersWanted.waiting - waiting.length;
  const isForking = waiting.some((one) => one.state === "asked");
  return (runnersWanted.isUrgent === true && !isForking) || lacking >= runnersWanted.waiting / 2 ? lacking : 0;
}
