import { generationOf } from "../../../src/init/state/find.ts";
import { isLeaving } from "../../../src/init/state/phase.ts";
import { type Job, quarantineOwner } from "../machine/job-store.ts";
import type { Container } from "../models/container.ts";
import type { WorkerModel } from "../models/worker-model.ts";
import { type Check, firstOf, require } from "./check.ts";
import { leastRunningMsSince } from "./kill-reasons.ts";

/** init waits a second for the last words of a dead process, and starts another keeper if that has just died. */
const handedBackWithinMs = 8_000;
/** A report of the keeper may be under way. */
const reportedWithinMs = 1_000;
/** A worker whose event loop turns has a little longer to end a job itself. */
const limitSlackMs = 12_000;

/** The jobs of dead workers wait again soon, no job outlasts its hard limit, and none is left when init exits with 0. */
export function endedJobs(container: Container): Check {
  const { store, workers, runners, keepers, windows, machine, supervisor, schedule, board, settings } = container;
  const { world, limits } = supervisor;
  const { time } = schedule;
  let worksSince = Infinity;
  let current = { number: 0, since: 0 };
  /** The tokens of workers for whose jobs there was a keeper when init saw their end. */
  const hadKeeper = new Set<string>();
  let knownTokens = new Set<string>();
  let hasKeeper = false;
  /** When init last knew each runner. */
  const knownAt = new Map<number, number>();
  const noteEnds = () => {
    // A generation with another Redis may have become the current one in the same turn, before or after the end.
    const hadOne = hasKeeper;
    hasKeeper = world.current?.redis !== undefined;
    const before = knownTokens;
    knownTokens = new Set(world.workers.flatMap(({ lockOwner }) => lockOwner ?? []));
    if (hadOne && hasKeeper) for (const token of before) if (!knownTokens.has(token)) hadKeeper.add(token);
  };
  /** It closed its channel before it could say which queues it takes jobs from. */
  const hasSaidNothing = ({ hungUpAt, startedAt }: WorkerModel) => hungUpAt < startedAt;
  const mayBeHandedBack = (worker: WorkerModel | undefined) =>
    worker !== undefined && hadKeeper.has(worker.token) && !hasSaidNothing(worker);
  const byToken = (token: string | undefined) => firstOf(workers.values(), (one) => one.token === token);
  /** init, its keeper and Redis all work. */
  const isWorking = () =>
    machine.init.canRun &&
    windows.isRedisUp &&
    world.keeper?.state === "ready" &&
    keepers.get(world.keeper.pid ?? 0)?.isFaulty === false &&
    machine.processes.get(world.keeper.pid ?? 0)?.canRun === true &&
    !isLeaving(world);
  const isAbandoned = (job: Job) => {
    const worker = job.state === "active" ? byToken(job.lockOwner) : undefined;
    // Without a keeper, and when the lock has expired, BullMQ's stalled check finds the job.
    if (worker === undefined || !mayBeHandedBack(worker)) return false;
    const { endedAt } = worker.process;
    // init waits for the worker's runners, also for those that it cannot verify without a free descriptor.
    if (runnersOf(worker).length > 0 && windows.wasOpenSince("descriptors", endedAt)) return false;
    // An isolated job runs until its runner has ended, or init has given it up.
    const from = Math.max(endedAt, worksSince, ...runnersOf(worker).map((runner) => runner.endedAt));
    if (from > endedAt + settings.lockDurationMs - handedBackWithinMs) return false;
    return time.now - from > handedBackWithinMs;
  };
  const isRunnerKnown = (runner: number) => world.runners.some(({ id }) => id === runner);
  const runnersOf = (worker: WorkerModel) =>
    [...runners.values()]
      .filter((one) => one.worker === worker)
      .map(({ order, process: { isDead, endedAt } }) => ({
        // init may not know the pid yet, or have failed to verify it.
        endedAt: isDead && !isRunnerKnown(order.runner) ? endedAt : (knownAt.get(order.runner) ?? -Infinity),
      }));
  const outlasts = (worker: WorkerModel) => {
    const { process, jobs, launch } = worker;
    if (process.isDead || jobs.count === 0) return false;
    const limitMs = generationOf(world, launch.generation)?.timeLimits[0]?.hardMs ?? Infinity;
    const isBeyondReach = process.killSentAt < Infinity || process.unkillableUntil > time.now;
    if (isBeyondReach || process.wasHalted || worker.isFaulty || board === undefined || worker.welcomedAt === Infinity)
      return false;
    const known = world.workers.some(({ pid, state }) => pid === process.pid && state !== "stopping");
    if (!known) return false;
    return [...jobs.running.values()].some((since) => {
      const ranMs = leastRunningMsSince(container, since) - machine.init.stillMs;
      return ranMs > limitMs + limits.stopTimeoutMs + limitSlackMs;
    });
  };
  return {
    turned: noteEnds,
    everySecond() {
      const number = world.current?.number ?? 0;
      if (number !== current.number) current = { number, since: time.now };
      for (const { id } of world.runners) knownAt.set(id, time.now);
      worksSince = isWorking() ? Math.min(worksSince, time.now) : Infinity;
      if (worksSince === Infinity) return;
      const abandoned = firstOf(store.jobs.values(), isAbandoned);
      require(abandoned === undefined, () => `nobody hands back job ${abandoned?.id} of a dead worker`);
      const slow = firstOf(workers.values(), outlasts);
      require(slow === undefined, () => `a job of worker ${slow?.process.pid} outlasts its hard limit`);
      const drained = firstOf(workers.values(), drainsForTooLong);
      require(drained === undefined, () => `worker ${drained?.process.pid} drains for too long in a reload`);
    },
    exited(exit) {
      noteEnds();
      if (exit !== "done" || world.current?.redis === undefined) return;
      const isKnown = ({ lockOwner, quarantinedAt }: Job) =>
        lockOwner === quarantineOwner
          ? quarantinedAt < time.now - reportedWithinMs
          : mayBeHandedBack(byToken(lockOwner));
      const left = [...store.jobs.values()].filter((job) => job.state === "active" && isKnown(job));
      require(left.length === 0, () => `init exits (done) although jobs are held: ${left.map(({ id }) => id).join()}`);
    },
  };

  function drainsForTooLong({ process, launch, askedToDrainAt, isFaulty }: WorkerModel): boolean {
    const isOld = launch.generation < (world.current?.number ?? 0);
    if (!isOld || process.isDead || process.killSentAt < Infinity || isFaulty || process.unkillableUntil > time.now)
      return false;
    const boundMs =
      settings.reloadDrainTimeoutMs + settings.stopTimeoutMs + limits.handBackTimeMs + limits.exitTimeMs + limitSlackMs;
    // A worker that is recycled drains without a limit until its generation is replaced.
    const drainsSince = Math.max(askedToDrainAt, current.since);
    return leastRunningMsSince(container, drainsSince) - machine.init.stillMs > boundMs;
  }
}
