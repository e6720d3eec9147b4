import type { JobsWorld } from "../world/jobs-world.ts";
import type { Run } from "../world/ledger.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

const mostRuns = 40;
/** By what a runner ends that its job has caused. */
const crashes: ReadonlySet<string> = new Set(["poison", "crash"]);
/** How long the end of a run may need to reach Redis if nothing is wrong. */
const writeMs = 2_000;
/** How late the signal of a job that reaches its time limit may be aborted. */
const lateMs = 500;
/** The keeper tries for as long as a lock lasts to write what a worker has passed on. */
const passedOnMs = 7_000;
/** A failover loses about a second. */
const lostMs = 1_500;

/** A job runs again only for a cause: its attempt failed, it moved itself, its process died, or its lock was lost. */
export function runCauses(world: JobsWorld): JobsCheck {
  world.ledger.beginListeners.push((run, before) => {
    const last = before.at(-1);
    if (last === undefined) return;
    const name = nameOf(run.queue, run.id);
    if (before.length >= mostRuns) return world.violated(`job ${name} runs for the ${before.length + 1}th time`);
    const held = before.find((one) => world.ledger.current.has(one) && one.lock === "held");
    if (held !== undefined)
      return world.violated(`job ${name} runs twice at a time: worker ${held.process.pid} has its lock and runs it`);
    const isolated = before.find((one) => one.process !== one.worker && runsUnlocked(world, one));
    if (isolated !== undefined)
      return world.violated(`job ${name} runs twice at a time: runner ${isolated.process.pid} runs it`);
    if (!hasCause(world, last, run)) {
      const how = last.end ?? "has not ended";
      world.violated(`job ${name} runs again without a cause: its last run ${how}, lock ${last.lock}`);
    }
  });
  const { time } = world.schedule;
  return {
    everySecond() {
      for (const run of world.ledger.current) {
        const softMs = run.forker.settings.timeLimits?.[0]?.softMs ?? Infinity;
        const isLate = time.now - run.beganAt > softMs + lateMs && run.process.stillMs + run.worker.stillMs === 0;
        if (isLate && !run.signal.aborted)
          world.violated(`job ${nameOf(run.queue, run.id)} has reached its time limit, and its signal is not aborted`);
      }
    },
  };
}

function hasCause(world: JobsWorld, last: Run, next: Run): boolean {
  const wasRolledBack = world.failovers.some(
    (at) => at > last.beganAt && (at - lostMs < last.endedAt || last.endedAt === Infinity) && at < next.beganAt,
  );
  if (wasRolledBack || wasLost(last)) return true;
  const hasAttempts = last.attempt + 1 < attemptsOf(world, last);
  const { process, worker } = last;
  const overAt = Math.min(last.endedAt, process.endedAt);
  const diedSoon =
    worker.isDead &&
    !mustBePassedOn(world, last) &&
    (worker.endedAt - overAt < writeMs ||
      // Its runner reported the end to a worker that did not run until it died.
      (process !== worker && worker.stillSince < overAt + writeMs) ||
      world.hadRedisTrouble(overAt - writeMs));
  switch (last.end) {
    case undefined:
      // Its own crash is a failure of its job.
      if (process !== worker && crashes.has(process.endedBy)) return hasAttempts || diedSoon;
      return process.isDead;
    case "moved":
      return true;
    case "failed":
    case "unmoved":
      return hasAttempts || diedSoon;
    case "aborted":
      return mayRunAgain(last, hasAttempts) || diedSoon;
    case "returned":
    case "unrecoverable":
      return wasStopped(last) || diedSoon;
  }
}

/** Of the job. Its producer may not have heard yet that it was added. */
function attemptsOf({ ledger, server }: JobsWorld, { queue, id, jobKey }: Run): number {
  const known = ledger.added.get(nameOf(queue, id));
  if (known !== undefined) return known.plan.attempts ?? 1;
  const options = server.keys().read(jobKey, "hash")?.get("opts") ?? "{}";
  return (JSON.parse(options) as { attempts?: number }).attempts ?? 1;
}

/**
 * Its worker has ended in order, could not write the end of the run, and had a keeper that could, while the lock lasted. The worker does
 * not wait for a processor that has used up its time to stop.
 */
function mustBePassedOn(world: JobsWorld, run: Run): boolean {
  const { scenario, refusals, schedule } = world;
  const { worker: process, forker, lock, end } = run;
  if (run.endedAt >= run.abortedAt + forker.settings.stopTimeoutMs) return false;
  if (end !== "returned" || lock !== "held" || process.endedBy !== "itself" || process.stillMs > 0) return false;
  return (
    scenario.faults.every(({ kind }) => kind === "refusal" || kind === "signalWorker") &&
    refusals.lastAtMs < process.endedAt + passedOnMs &&
    world.wasGuarded(forker, schedule.time.now - process.endedAt)
  );
}

/** A worker hands back an isolated job only when its runner has ended. A job may also move itself, and then end. */
function runsUnlocked({ ledger, failovers }: JobsWorld, run: Run): boolean {
  const hasMoved = run.says === "moved" && run.lockLostBy === run.process;
  return ledger.current.has(run) && run.lock === "released" && !hasMoved && failovers.length === 0;
}

/** The lock was lost before the end of the run was written. */
function wasLost({ lock, lockLostAt, endedAt }: Run): boolean {
  return lock === "expired" || lock === "taken" || (lock === "released" && lockLostAt < endedAt);
}

/** What stopping makes of a job whose processor threw the reason of its signal. */
function mayRunAgain({ signal, forker }: Run, hasAttempts: boolean): boolean {
  const reason = signal.reason as Error;
  if (reason.name === "WorkerStoppedError") return true;
  if (reason.name !== "JobStoppedError") return hasAttempts;
  const { stoppedJobs } = forker.settings;
  return stoppedJobs === "handback" || (stoppedJobs === "retry" && hasAttempts);
}

/** A worker that stops hands back its jobs, whatever their processors throw. */
function wasStopped({ signal, end, forker }: Run): boolean {
  if (end === "returned" || !signal.aborted) return false;
  const { name } = signal.reason as Error;
  return name === "WorkerStoppedError" || (name === "JobStoppedError" && forker.settings.stoppedJobs === "handback");
}
