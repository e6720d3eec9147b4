import type { JobView } from "../../redis/view.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { type AddedJob, nameOf, type Run } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

const lostMs = 1_500;
const deathCount = /(\d+) workers? died with this job$/;
const childFailed = /^child bull:(.+) failed$/;
/** A job that was taken so often and never arrived is failed. */
const takesOfUndelivered = 4;
const softLimitMs = 12_000;
/** How long the report of a runner may be under way. */
const reportMs = 1_000;
const segfault = /^the job's process ended: signal 11 \(SIGSEGV\)$/;
const crashed = /^the job's process ended: (?:exit code (\d+)|signal \d+ \((\w+)\))$/;
const runnerDeaths = /^signal \d+ \(SIG(?:KILL|TERM)\); (\d+) process(?:es)? died with this job$/;

/** No job is lost; each has ended as it should, or for a reason that is true. */
export function endsAsExpected(world: JobsWorld): JobsCheck {
  return {
    atRest() {
      for (const job of world.ledger.added.values()) {
        const problem = problemOf(world, job);
        if (problem !== undefined)
          return world.violated(`job ${nameOf(job.queue, job.id)} (${job.data.kind}) ${problem}`);
      }
      // A script that Redis refuses in its middle may lose a delayed job: see isHalfMoved.
      if (world.hadFault("inScript")) return;
      for (const plan of world.scenario.schedulers) {
        if (mayBeUndone(world, plan.atMs)) continue;
        const { jobs } = world.server.queue(plan.queue);
        const next = [...jobs.values()].filter(
          ({ id, states }) =>
            id.startsWith("repeat:cron:") && states.some((one) => one === "delayed" || one === "wait"),
        );
        // The worker that has just taken one adds the next one.
        const isNew = [...jobs.values()].some(
          ({ id, states }) => id.startsWith("repeat:cron:") && states[0] === "active",
        );
        if (next.length !== 1 && !(next.length === 0 && isNew))
          return world.violated(`the scheduler of ${plan.queue} has ${next.length} next jobs`);
      }
    },
  };
}

/** A failover has lost what was added then. */
function mayBeUndone({ failovers }: JobsWorld, atMs: number): boolean {
  return failovers.some((at) => at >= atMs && at - atMs < lostMs);
}

function problemOf(world: JobsWorld, job: AddedJob): string | undefined {
  const view = world.server.queue(job.queue).jobs.get(job.id);
  const isUndone = mayBeUndone(world, job.at);
  if (view === undefined || view.states.length === 0)
    return isUndone || isHalfMoved(world, job) || world.refusals.halfwayStalledChecks.has(job.queue)
      ? undefined
      : "is lost";
  if (view.states.length > 1) return `is in several places: ${view.states.join(", ")}`;
  const [state] = view.states;
  if (state === "waiting-children" && (isHalfMoved(world, job) || waitsForGivenUp(world, job))) return undefined;
  if (state === "active" && world.givenUp.has(nameOf(job.queue, job.id))) return undefined;
  if (state !== "completed" && state !== "failed") return `is ${state} at rest`;
  if (view.lock !== undefined) return "is locked at rest";
  const reason = view.fields?.get("failedReason") ?? "";
  const expected = expectationOf(world, job);
  if (state === "completed")
    return expected === undefined ? undefined : `completed; it should have failed: ${expected.source}`;
  // It names a number of deaths, which must be true.
  if (expected?.test(reason) === true && !deathCount.test(reason)) return undefined;
  return isTrue(world, job, view, reason) ? undefined : `failed for a reason that is not true: ${reason}`;
}

/**
 * BullMQ's own script that takes a job also moves others, which are then in no list if Redis refuses a command in its middle: those
 * that were delayed, by their processor too, or have a priority, and the parents of jobs that end.
 */
function isHalfMoved(world: JobsWorld, { data, plan, children }: AddedJob): boolean {
  const isOrdered = [plan.delayMs, plan.backOffMs, plan.priority].some((one) => one !== undefined);
  return world.hadFault("inScript") && (isOrdered || data.kind === "delays" || children.length > 0);
}

/** A worker keeps one of its children active, because Redis has refused its end for too long. */
function waitsForGivenUp({ givenUp }: JobsWorld, { children }: AddedJob): boolean {
  return children.some((child) => givenUp.has(child));
}

/** Its runner has reported the end to a worker that did not go on until init killed it because of the limit. */
function isUnreadEnd({ process, worker, beganAt, endedAt }: Run): boolean {
  if (process === worker || worker.endedAt - beganAt < softLimitMs) return false;
  return worker.isDead && endedAt < worker.endedAt && worker.stillSince < endedAt + reportMs;
}

/** With which reason the job should have failed; undefined: it should have completed. */
function expectationOf(world: JobsWorld, job: AddedJob): RegExp | undefined {
  const { data, plan, children } = job;
  const hasFailedChild = children.some((name) => {
    const child = world.ledger.added.get(name);
    return child !== undefined && world.server.queue(child.queue).jobs.get(child.id)?.states[0] === "failed";
  });
  if (hasFailedChild) return /^child .* failed$/;
  const { attempts = 1 } = plan;
  const isIsolated = world.isIsolated(plan.queue);
  switch (data.kind) {
    case "fails":
      return (data.failures ?? 0) < attempts ? undefined : /^this attempt fails$/;
    case "unrecoverable":
      return /^never again$/;
    case "poison":
      return isIsolated ? segfault : /died with this job$/;
    case "endless":
      return /time limit/;
    case "unmovedDelay":
    case "unmovedWait":
    case "unmovedChildren":
      return /did not move the job/;
    case "poisonOnce":
      return isIsolated && attempts < 2 && diedFirst(world, job) ? segfault : undefined;
    case "good":
    case "blocks":
    case "deaf":
    case "abortUnrecoverable":
    case "abortReturns":
    case "delays":
    case "waits":
      return undefined;
  }
}

/**
 * Whether its first process has ended because of the job, and of nothing else: an order to stop it decides instead, and a worker that did
 * not go on until it died has not heard of that end.
 */
function diedFirst({ ledger }: JobsWorld, { queue, id }: AddedJob): boolean {
  const first = ledger.runs.get(nameOf(queue, id))?.[0];
  if (first?.process.endedBy !== "poison" || first.signal.aborted) return false;
  const { worker, process } = first;
  return !worker.isDead || worker.stillSince >= process.endedAt + reportMs;
}

/** Whether what the job failed with has happened. */
function isTrue(world: JobsWorld, job: AddedJob, view: JobView, reason: string): boolean {
  const name = nameOf(job.queue, job.id);
  const runs = world.ledger.runs.get(name) ?? [];
  const events = world.books.of.get(name) ?? [];
  const crash = crashed.exec(reason);
  if (crash !== null)
    return runs.some(({ process: { end, endedBy } }) => {
      if (end === undefined || (endedBy !== "crash" && endedBy !== "poison")) return false;
      return "signal" in end ? end.signal === crash[2] : String(end.exitCode) === crash[1];
    });
  // The deaths of its own processes and of its workers are counted together.
  const runnersKilled = world.scenario.faults.filter(({ kind }) => kind === "killRunner").length;
  const killed = runnerDeaths.exec(reason)?.[1];
  if (killed !== undefined) return Number(killed) > 1 && runnersKilled >= Number(killed) - world.ends.length;
  const deaths = deathCount.exec(reason)?.[1];
  if (deaths !== undefined) {
    const takes = refusesEvents(world) ? Infinity : events.filter(({ event }) => event === "active").length;
    return Number(deaths) > 2 && Number(deaths) <= takes && Number(deaths) <= world.ends.length + runnersKilled;
  }
  if (/SIGUSR1|stop-job/.test(reason))
    return runs.some(({ signal }) => signal.aborted) || world.hadFault("signalWorker", "signalForker", "stopJob");
  if (/time limit/.test(reason))
    return (
      // Its runner did not go on between receiving it and running it, or after that.
      (world.isIsolated(job.queue) && world.hadFault("freezeRunner", "blockRunner")) ||
      runs.some(isUnreadEnd) ||
      runs.some(
        (run) => Math.min(run.endedAt, run.process.endedAt, world.schedule.time.now) - run.beganAt >= softLimitMs - 1,
      )
    );
  if (/stalled more than/.test(reason)) return events.filter(({ event }) => event === "stalled").length > 1;
  if (reason === "stopped for good") return runs.some(({ signal }) => signal.aborted);
  if (reason === "this attempt fails") return job.data.kind === "fails";
  if (/never received it/.test(reason)) return world.hadFault("inScript");
  const child = childFailed.exec(reason)?.[1];
  if (child !== undefined) return job.children.includes(child) && failedHalfway(world, name, child);
  // Redis has refused its end for so long that BullMQ wrote the refusal.
  if (reason.startsWith("WRONGTYPE"))
    return world.scenario.faults.some((fault) => fault.kind === "refusal" && fault.code === "WRONGTYPE");
  // Its processor has moved it, and Redis refused.
  if (job.data.kind === "delays" || job.data.kind === "waits")
    return world.hadFault(
      "refusal",
      "refuseConnections",
      "inScript",
      "failover",
      "loseAnswers",
      "cutOff",
      "silent",
      "refused",
    );
  return false;
}

/** BullMQ's script then gives a job to a worker without an event of that. */
function refusesEvents({ scenario }: JobsWorld): boolean {
  return scenario.faults.some((fault) => fault.kind === "inScript" && fault.command === "XADD");
}

/**
 * Redis refused a command of the script that was to fail an undelivered job, after the script had told the parent. The job runs again.
 * No script can take that back.
 */
function failedHalfway(world: JobsWorld, parent: string, child: string): boolean {
  const { books } = world;
  const told = books.of.get(parent)?.find(({ fields }) => fields["prev"] === "waiting-children");
  if (!world.hadFault("inScript") || told === undefined) return false;
  const earlier = (books.of.get(child) ?? []).filter(({ at }) => at <= told.at);
  const takes = earlier.filter(({ event }) => event === "active").length;
  return takes >= takesOfUndelivered && earlier.every(({ event }) => event !== "completed");
}
