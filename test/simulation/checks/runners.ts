import type { Container } from "../models/container.ts";
import type { RunnerModel } from "../models/runner-model.ts";
import type { WorkerModel } from "../models/worker-model.ts";
import { type Check, firstOf, require } from "./check.ts";
import { leastRunningMsSince } from "./kill-reasons.ts";

/** init notices the death of a worker, and sends SIGKILL, in one turn. A message or an exit may be under way. */
const endsWithinMs = 5_000;
const periodMs = 60_000;
/** The back-off allows nine failures in the first minute, and each batch may have so many runners at once. */
const failuresPerPlace = 12;

/**
 * No runner outlives its worker, and no keeper hands back the job of one that runs. Runners that do not start are not forked without
 * a pause.
 */
export function runnersEnd(container: Container): Check {
  const { machine, supervisor, schedule, runners, workers, unstartedRunners } = container;
  const { world, limits } = supervisor;
  const { time } = schedule;
  // While a worker can neither report nor be killed, init does not know which of its runners have ended their jobs.
  const isBeyondReach = ({ process, worker }: RunnerModel) =>
    process.killRefusedAt > -Infinity ||
    worker.process.killRefusedAt > -Infinity ||
    time.now < process.unkillableUntil + endsWithinMs;
  const isKnown = ({ process }: RunnerModel) => world.runners.some(({ pid }) => pid === process.pid);
  const living = () => (runners.size === 0 ? [] : machine.living.flatMap(({ pid }) => runners.get(pid) ?? []));
  return {
    everySecond() {
      if (!machine.init.canRun) return;
      for (const runner of living()) {
        const { process, worker } = runner;
        const isInReach = !isBeyondReach(runner) && isKnown(runner);
        const idleMs = leastRunningMsSince(container, runner.doneAt) - machine.init.stillMs;
        require(!isInReach || idleMs < limits.exitTimeMs + endsWithinMs, () =>
          `runner ${process.pid} exists ${Math.round(idleMs)} ms after the end of its job`);
        const unkilledMs = leastRunningMsSince(container, runner.killAskedAt) - machine.init.stillMs;
        require(!isInReach || worker.isFaulty || unkilledMs < endsWithinMs, () =>
          `runner ${process.pid} exists ${Math.round(unkilledMs)} ms after its worker asked for its end`);
        if (!worker.process.isDead || !isInReach) continue;
        const since = Math.max(worker.process.endedAt, process.startedAt);
        const forMs = leastRunningMsSince(container, since) - machine.init.stillMs;
        require(forMs < endsWithinMs, () => `runner ${process.pid} outlives its worker by ${Math.round(forMs)} ms`);
      }
      const since = time.now - periodMs;
      const failures = new Map<number, number>();
      const failed = (worker: WorkerModel | undefined) => {
        if (worker !== undefined) failures.set(worker.process.pid, (failures.get(worker.process.pid) ?? 0) + 1);
      };
      for (const { process, worker, dialledAt } of runners.values())
        if (process.startedAt > since && process.isDead && dialledAt === Infinity) failed(worker);
      for (const { at, worker } of unstartedRunners)
        if (at > since) failed(firstOf(workers.values(), ({ token }) => token === worker));
      for (const [pid, count] of failures) {
        const places = Math.max(2, workers.get(pid)?.launch.options.spec.concurrency ?? 1);
        require(count <= failuresPerPlace * places, () =>
          `${count} runners of worker ${pid} that did not start were forked in a minute`);
      }
    },
    turned() {
      for (const runner of living()) {
        const isLost = hasLostItsJob(runner) && isKnown(runner);
        require(!isLost, () => `the keeper hands back job ${runner.job?.id}, which runner ${runner.process.pid} runs`);
      }
    },
    judged() {
      // One that init does not know, because its template died before it reported it, may hang in its teardown.
      const left = living().filter((one) => one.worker.process.isDead && (isKnown(one) || !one.isOver));
      require(left.length === 0, () =>
        `runners whose worker has ended exist in a calm world: ${left.map(({ process }) => process.pid).join()}`);
    },
  };
}

/** Neither its worker nor a stalled check has given the job away. Two runners may run it if a stalled check gave it to the same worker. */
function hasLostItsJob({ job, stallsBefore, isOver, worker }: RunnerModel): boolean {
  if (job === undefined || isOver || !worker.process.isDead || job.lockOwner === worker.token) return false;
  if (job.endedAt < worker.process.endedAt) return false;
  return job.stalls === stallsBefore && !worker.jobs.handedBack.includes(job);
}
