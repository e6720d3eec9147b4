import { isLeaving } from "../../../src/init/state/phase.ts";
import { freezeNoticedLateByMs } from "../machine/machine.ts";
import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Container } from "../models/container.ts";
import { Violation } from "./check.ts";

export interface Reason {
  readonly pattern: RegExp;
  /** Called with a process that lives. */
  readonly isTrue: (process: SimulatedProcess, reason: string) => boolean;
}

/** init reads the board once a second, and a message or an exit may be under way. */
export const slackMs = 3_000;

/** init notices a stop so long after the event loop has last turned: see src/init/state/apply-board-read.ts. */
const stopNoticedWithinMs = 7_000;

/** The number that a reason states. Without this, a reason that is worded differently would be judged by NaN or 0. */
export function numberIn(reason: string, pattern: RegExp): number {
  const digits = pattern.exec(reason)?.[1];
  if (digits === undefined) throw new Violation(`no number in a reason that should state one: ${reason}`);
  return Number(digits);
}

/** `it has been stopped (SIGSTOP) for 60 s` */
export function durationIn(reason: string): number {
  return numberIn(reason, / (\d+) s\b/) * 1_000;
}

/**
 * How long ago something was, without the time for which init extends deadlines because everything was frozen: at most, because init
 * may not notice a freeze that is hardly long enough. For a time that must have passed.
 */
export function runningMsSince({ schedule, machine, supervisor }: Container, at: number): number {
  if (at === Infinity) return 0;
  return schedule.time.now - at - machine.frozenMsSince(at, supervisor.limits.frozenAfterMs + freezeNoticedLateByMs);
}

/** The same, at least. For a time that must not have passed. */
export function leastRunningMsSince({ schedule, machine, supervisor }: Container, at: number): number {
  if (at === Infinity) return 0;
  return schedule.time.now - at - machine.frozenMsSince(at, supervisor.limits.frozenAfterMs);
}

/** Whether it alone has not been able to run for this long without a break. A message or a reading of the board may be under way. */
export function stoodStill(container: Container, process: SimulatedProcess, forMs: number): boolean {
  const { machine, supervisor } = container;
  // It may have run for a moment, and be blocked again.
  return [process.recentStill(slackMs), process.lastStill(slackMs)].some((still) => {
    if (still === undefined) return false;
    const frozenMs = machine.frozenMsSince(still.since, supervisor.limits.frozenAfterMs + freezeNoticedLateByMs);
    return still.until - still.since - frozenMs >= forMs - slackMs;
  });
}

/** What was sent before this has reached init. */
export function heardUntil({ schedule, machine }: Container): number {
  return schedule.time.now - slackMs - machine.init.recentStillMs(slackMs);
}

/** When its channel was closed, by itself or by init. */
function closedAt(model: { readonly hungUpAt: number; readonly invalidAt: number } | undefined): number {
  return model === undefined ? Infinity : Math.min(model.hungUpAt, model.invalidAt);
}

/** Why init kills processes of each role, with how to verify it. */
export function killReasons(container: Container): readonly Reason[] {
  return [
    ...reasonsForAll(container),
    ...reasonsForTemplates(container),
    ...reasonsForWorkers(container),
    ...reasonsForJobs(container),
    ...reasonsForKeepers(container),
    ...reasonsForRunners(container),
  ];
}

function reasonsForAll({ schedule, workers, templates, keepers }: Container): readonly Reason[] {
  const { time } = schedule;
  return [
    {
      pattern: /^it was killed for too long$/,
      isTrue: ({ unkillableUntil }) => unkillableUntil > time.now - slackMs,
    },
    {
      pattern: /^the SIGKILL before could not be sent: kill EPERM$/,
      isTrue: ({ killRefusedAt }) => killRefusedAt > -Infinity,
    },
    {
      pattern: /^init closed its channel: /,
      isTrue: ({ pid }) => [workers, templates, keepers].some((models) => models.get(pid)?.isFaulty === true),
    },
  ];
}

function reasonsForTemplates(container: Container): readonly Reason[] {
  const { schedule, templates, workers, supervisor } = container;
  const { limits, world } = supervisor;
  const { time } = schedule;
  const model = ({ pid }: SimulatedProcess) => templates.get(pid);
  const agoMs = (at: number) => runningMsSince(container, at);
  const isRetirementOverdue = (process: SimulatedProcess) =>
    agoMs(model(process)?.retireAskedAt ?? Infinity) >= limits.exitTimeMs - slackMs ||
    stoodStill(container, process, limits.exitTimeMs);
  const isLoading = (process: SimulatedProcess) => (model(process)?.loadedAt ?? Infinity) > heardUntil(container);
  const isConnected = (token: string | undefined) =>
    [...workers.values()].some((one) => one.token === token && one.welcomedAt < heardUntil(container));
  return [
    {
      pattern: /^init is leaving$/,
      isTrue: (process) => isLeaving(world) && (isLoading(process) || model(process)?.isFaulty === true),
    },
    {
      pattern: /^it did not load within FORKER_BOOT_TIMEOUT$/,
      isTrue: (process) => agoMs(process.startedAt) >= limits.bootTimeoutMs && isLoading(process),
    },
    {
      // After it has said so, or init has refused it.
      pattern: /^it failed to load, and did not exit$/,
      isTrue: (process) => {
        const { failedAt = Infinity, retireAskedAt = Infinity } = model(process) ?? {};
        return (
          agoMs(Math.min(failedAt, retireAskedAt)) >= limits.exitTimeMs - slackMs ||
          stoodStill(container, process, limits.exitTimeMs)
        );
      },
    },
    {
      pattern: /^it did not return from the trial fork$/,
      isTrue: (process) =>
        agoMs(model(process)?.triedAt ?? Infinity) >= limits.trialTimeMs - slackMs && isLoading(process),
    },
    {
      pattern: /^its channel has closed, and it did not exit$/,
      // It may have to load or to retire sooner than it has to exit.
      isTrue: (process) =>
        agoMs(closedAt(model(process))) >= limits.exitTimeMs - slackMs ||
        (closedAt(model(process)) < Infinity &&
          (isRetirementOverdue(process) || (isLoading(process) && agoMs(process.startedAt) >= limits.bootTimeoutMs))),
    },
    {
      pattern: /^it was retiring for too long$/,
      isTrue: isRetirementOverdue,
    },
    {
      pattern: /^it was ordered to fork (a spare|a worker for slot \d+) \d+ s ago, and that worker has not connected$/,
      isTrue: ({ pid }, reason) => {
        const slot = reason.includes(" a spare ") ? undefined : numberIn(reason, /slot (\d+)/);
        const own = world.templates.find((one) => one.pid === pid)?.id;
        return world.workers.some(
          ({ id, template, state, askedAt, ...one }) =>
            template === own &&
            (slot === undefined ? one.isSpare : one.slot === slot) &&
            state === "asked" &&
            Math.round((time.now - askedAt) / 1_000) * 1_000 === durationIn(reason) &&
            !isConnected(supervisor.children.worker(id)?.token),
        );
      },
    },
    {
      pattern: /^it was ordered to fork a runner for slot \d+ \d+ s ago, and its pid never became known$/,
      isTrue: ({ pid }, reason) => {
        const slot = numberIn(reason, /slot (\d+)/);
        const own = world.templates.find((one) => one.pid === pid)?.id;
        return world.runners.some(
          (one) =>
            one.template === own &&
            one.slot === slot &&
            one.pid === undefined &&
            Math.round((time.now - one.askedAt) / 1_000) * 1_000 === durationIn(reason),
        );
      },
    },
    { pattern: /^the template shares a server$/, isTrue: (process) => model(process)?.hasSaidBroken === true },
  ];
}

function reasonsForWorkers(container: Container): readonly Reason[] {
  const { schedule, workers, supervisor, store } = container;
  const { limits } = supervisor;
  const { time } = schedule;
  const model = ({ pid }: SimulatedProcess) => workers.get(pid);
  const agoMs = (at: number) => runningMsSince(container, at);
  const isLongEnough = (reason: string) => durationIn(reason) >= limits.stuckTimeoutMs;
  const wasWelcomed = (process: SimulatedProcess) =>
    (model(process)?.welcomedAt ?? Infinity) <= heardUntil(container) && process.stillMs === 0;
  const isStopOverdue = (process: SimulatedProcess) =>
    agoMs(model(process)?.askedToStopAt ?? Infinity) >= limits.stopTimeoutMs + limits.handBackTimeMs - slackMs ||
    !wasWelcomed(process) ||
    stoodStill(container, process, limits.stopTimeoutMs);
  const isStartOverdue = (process: SimulatedProcess) =>
    process.role === "worker" &&
    (model(process)?.saidStartedAt ?? Infinity) > heardUntil(container) &&
    agoMs(process.startedAt) >= limits.bootTimeoutMs - slackMs;
  return [
    {
      pattern: /^it reported its end and did not exit$/,
      isTrue: (process) => agoMs(model(process)?.reportedAt ?? Infinity) >= limits.exitTimeMs - slackMs,
    },
    {
      pattern: /^init can no longer reach it, and it did not exit$/,
      isTrue: (process) =>
        agoMs(closedAt(model(process))) >= limits.exitTimeMs - slackMs ||
        (closedAt(model(process)) < Infinity && (isStopOverdue(process) || isStartOverdue(process))),
    },
    { pattern: /^it was asked for too long$/, isTrue: (process) => !wasWelcomed(process) },
    {
      pattern: /^it was starting for too long$/,
      isTrue: isStartOverdue,
    },
    {
      pattern: /^it was stopping for too long$/,
      isTrue: isStopOverdue,
    },
    {
      pattern: /^it received a signal to stop, and its event loop is blocked$/,
      isTrue: (process) =>
        stoodStill(container, process, limits.stopTimeoutMs) &&
        agoMs(model(process)?.signals.stoppedAt ?? Infinity) >= limits.stopTimeoutMs - slackMs,
    },
    {
      pattern: /^it was stopping for too long after a signal to its pid$/,
      isTrue: (process) => model(process)?.mode === "stopping" && isStopOverdue(process),
    },
    {
      pattern: /^it was draining for too long after a signal to its pid$/,
      isTrue: (process) =>
        model(process)?.mode === "draining" &&
        (agoMs(model(process)?.askedToDrainAt ?? Infinity) >= limits.reloadDrainTimeoutMs - slackMs ||
          stoodStill(container, process, limits.reloadDrainTimeoutMs)),
    },
    {
      pattern: /^it has been stopped \(SIGSTOP\) for \d+ s$/,
      isTrue: (process, reason) =>
        isLongEnough(reason) &&
        process.isStopped &&
        agoMs(process.stoppedAt) >= durationIn(reason) - stopNoticedWithinMs - slackMs,
    },
    {
      pattern: /^its event loop has not run for \d+ s, although it holds no job$/,
      isTrue: (process, reason) =>
        isLongEnough(reason) && stoodStill(container, process, durationIn(reason)) && model(process)?.jobs.count === 0,
    },
    {
      pattern: /^it has held no job for \d+ s and reports that it takes none: stoppingJobs$/,
      isTrue: (process, reason) =>
        isLongEnough(reason) && model(process)?.jobs.isExcused === true && model(process)?.jobs.count === 0,
    },
    {
      pattern: /^it has taken no job for \d+ s while jobs wait in jobs$/,
      isTrue: (process, reason) =>
        isLongEnough(reason) &&
        model(process)?.isStuck === true &&
        store.waiting.length > 0 &&
        time.now - (model(process)?.jobs.tookAt ?? 0) >= durationIn(reason) - slackMs,
    },
  ];
}

function reasonsForJobs({ schedule, workers, supervisor }: Container): readonly Reason[] {
  const { time } = schedule;
  return [
    {
      pattern: /^job ran for longer than its time limit of \d+ ?s/,
      isTrue: ({ pid }) => {
        const known = supervisor.world.workers.find((one) => one.pid === pid);
        const [limit] = known?.timeLimits ?? [];
        const limitMs = limit?.hardMs ?? Infinity;
        return [...(workers.get(pid)?.jobs.running.values() ?? [])].some((since) => time.now - since >= limitMs);
      },
    },
    {
      pattern: /^job stopped by (SIGUSR1|forker stop-job)/,
      isTrue: ({ pid }) => (workers.get(pid)?.jobs.running.size ?? 0) > 0,
    },
  ];
}

function reasonsForRunners(container: Container): readonly Reason[] {
  const { runners, supervisor } = container;
  const { limits } = supervisor;
  const agoMs = (at: number) => runningMsSince(container, at);
  const knows = (process: SimulatedProcess) => supervisor.world.runners.find(({ pid }) => pid === process.pid);
  return [
    {
      pattern: /^its worker has ended$/,
      isTrue: (process) => !supervisor.world.workers.some(({ id }) => id === knows(process)?.worker),
    },
    {
      pattern: /^it was not ready for a job in time$/,
      isTrue: ({ pid, startedAt }) => {
        const runner = runners.get(pid);
        // It may have reached its worker, which has not told init.
        const isPrimed = runner?.worker.isFaulty === false && runner.primedAt <= heardUntil(container);
        return !isPrimed && agoMs(startedAt) >= limits.bootTimeoutMs - slackMs;
      },
    },
    {
      pattern: /^init had given it up$/,
      isTrue: (process) => {
        const { askedAt = Infinity, template } = knows(process) ?? {};
        const isTemplateThere = supervisor.world.templates.some(({ id }) => id === template);
        if (agoMs(askedAt) >= (isTemplateThere ? limits.forkTimeMs : limits.orphanTimeMs) - slackMs) return true;
        // Its worker had let it go before init knew its pid.
        return agoMs(runners.get(process.pid)?.doneAt ?? Infinity) >= limits.exitTimeMs - slackMs;
      },
    },
    {
      pattern: /^it reported its end and did not exit$/,
      isTrue: (process) => agoMs(runners.get(process.pid)?.doneAt ?? Infinity) >= limits.exitTimeMs - slackMs,
    },
    {
      pattern: /^(job stopped|it closed its channel and did not exit)$/,
      isTrue: (process, reason) => runners.get(process.pid)?.killsAsked.has(reason) === true,
    },
  ];
}

function reasonsForKeepers(container: Container): readonly Reason[] {
  const { keepers, supervisor } = container;
  const { limits, world } = supervisor;
  return [
    {
      pattern: /^it was starting for too long$/,
      isTrue: ({ role, pid }) => role === "keeper" && (keepers.get(pid)?.dialledAt ?? Infinity) > heardUntil(container),
    },
    {
      pattern: /^it no longer reports that it is alive$/,
      isTrue: (process) =>
        stoodStill(container, process, limits.keeperSilentMs) || keepers.get(process.pid)?.isFaulty === true,
    },
    {
      pattern: /^the application now uses another Redis or another BullMQ$/,
      isTrue: ({ pid }) =>
        JSON.stringify(keepers.get(pid)?.connection) !== JSON.stringify(world.current?.redis?.connection),
    },
  ];
}
