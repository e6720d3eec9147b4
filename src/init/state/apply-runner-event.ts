import { type Event, exitText } from "./event.ts";
import { backOffMs, type Limits } from "./limits.ts";
import type { Runner } from "./runner.ts";
import { transitionRunner } from "./transitions.ts";
import type { World } from "./world.ts";

export type RunnerEvent = Exclude<Extract<Event, { runner: number }>, { kind: "runnerFound" }>;

const wasGivenUp = "init had given it up";

/** A runner that init has given up exists after all. Its worker has no use for it: reconcile kills it. */
export function takeBack(world: World, record: Runner, now: number): void {
  world.runners.push({ ...record, state: "ending", deadline: now, killedFor: wasGivenUp });
}

/** Changes the world by an event of a runner that it contains. */
export function applyRunnerEvent(world: World, runner: Runner, event: RunnerEvent, limits: Limits, now: number): void {
  switch (event.kind) {
    case "runnerLaunched":
      runner.pid = event.pid;
      if (runner.state === "asked") runner.deadline = now + limits.bootTimeoutMs;
      else if (runner.state !== "ending") runner.deadline = Infinity;
      return;
    case "runnerNotLaunched":
      return ended(world, runner, `could not be forked: ${event.why}`, limits, now);
    case "runnerPrimed": {
      if (!isOfWorker(runner, event.worker)) return;
      runner.wasPrimed = true;
      if (runner.state !== "asked") return;
      const worker = world.workers.find(({ id }) => id === runner.worker);
      if (worker !== undefined)
        Object.assign(worker, { hasHadRunner: true, runnerFailures: 0, runnerFault: undefined });
      // Its worker may know it before its template has reported its pid.
      transitionRunner(runner, "primed", runner.pid === undefined ? runner.deadline : Infinity);
      return;
    }
    case "runnerTaken":
      if (!isOfWorker(runner, event.worker) || runner.state !== "primed") return;
      runner.job = event.job;
      transitionRunner(runner, "running", runner.deadline);
      return;
    case "runnerDone":
      if (!isOfWorker(runner, event.worker) || runner.state === "ending" || runner.state === "killed") return;
      transitionRunner(runner, "ending", now + limits.exitTimeMs);
      return;
    case "runnerKillAsked":
      // reconcile kills it at its deadline.
      if (!isOfWorker(runner, event.worker) || runner.state === "killed") return;
      runner.killedFor ??= event.why;
      runner.deadline = now;
      return;
    case "runnerExited":
      return ended(world, runner, exitText(event.status), limits, now);
  }
}

/** A worker decides only about its own runners. */
function isOfWorker(runner: Runner, worker: number): boolean {
  return runner.worker === worker;
}

/** A runner that ends before it is primed delays the next ones, as a worker that crashes at its start does. */
function ended(world: World, runner: Runner, how: string, limits: Limits, now: number): void {
  world.runners.splice(world.runners.indexOf(runner), 1);
  const worker = world.workers.find(({ id }) => id === runner.worker);
  const isStartFailure = runner.state === "asked" || (runner.state === "killed" && runner.job === undefined);
  if (worker === undefined || !isStartFailure || runner.killedFor === wasGivenUp) return;
  worker.runnerFailures += 1;
  worker.runnerFault = runner.killedFor ?? how;
  worker.runnersNotBefore = now + backOffMs(worker.runnerFailures, limits);
}
