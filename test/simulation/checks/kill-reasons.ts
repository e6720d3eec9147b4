import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Container } from "../models/container.ts";

interface KillReason {
  readonly pattern: RegExp;
  /** Called with a process that lives. */
  readonly isTrue: (process: SimulatedProcess, reason: string) => boolean;
}

/** init reads the board once a second, and a message or an exit may be under way. */
const slackMs = 3_000;

/** The reasons for which init kills or replaces a process, each with how to verify it. */
export function killReasons(container: Container): readonly KillReason[] {
  const { schedule, workers, templates, keepers, supervisor, windows, machine, store } = container;
  const { limits } = supervisor;
  const { time } = schedule;
  const secondsIn = (reason: string) => Number(/for (\d+) s/.exec(reason)?.[1] ?? 0) * 1_000;
  /** It could not run for about this long. */
  const isLongEnough = (reason: string) => secondsIn(reason) >= limits.stuckTimeoutMs - slackMs;
  const stoodStill = (process: SimulatedProcess, forMs: number) =>
    time.now - process.stillSince >= forMs - slackMs || process.stillMs >= forMs - slackMs;
  const initStoodStill = () => machine.init.stillMs > 0;
  /** Without the time in which everything was frozen. */
  const hadTimeToStart = (process: SimulatedProcess) => {
    const since = machine.freezes.filter(({ at }) => at >= process.startedAt);
    return ageMs(process) - since.reduce((sum, { forMs }) => sum + forMs, 0) >= limits.bootTimeoutMs - slackMs;
  };
  const ageMs = ({ startedAt }: SimulatedProcess) => time.now - startedAt;
  const tokenOf = (id: number) => supervisor.children.worker(id)?.token;
  const hasDialled = (token: string | undefined) =>
    [...workers.values()].some((one) => one.token === token && one.dialledAt < time.now - slackMs);
  const worker = ({ pid }: SimulatedProcess) => workers.get(pid);
  return [
    { pattern: /^init is leaving$/, isTrue: () => true },
    {
      pattern: /^it did not load within FORKER_BOOT_TIMEOUT$/,
      isTrue: (process) =>
        ageMs(process) >= limits.bootTimeoutMs &&
        (templates.get(process.pid)?.loadedAt ?? Infinity) > time.now - slackMs,
    },
    {
      pattern: /^it closed its channel and did not exit$/,
      isTrue: (process) => templates.get(process.pid)?.isFaulty === true,
    },
    {
      pattern: /^it reported its end and did not exit$/,
      isTrue: (process) => (worker(process)?.reportedAt ?? Infinity) < time.now - limits.exitTimeMs + slackMs,
    },
    {
      pattern: /^init can no longer reach it, and it did not exit$/,
      isTrue: (process) => worker(process)?.isFaulty === true || windows.wasOpenSince("descriptors", process.startedAt),
    },
    {
      pattern: /^it did not return from the trial fork$/,
      isTrue: (process) => templates.get(process.pid)?.hasLoaded !== true,
    },
    {
      pattern: /^it was ordered to fork a worker for slot \d+ \d+ s ago, and that worker has not connected$/,
      isTrue: () =>
        supervisor.world.workers.some(({ id, state }) => state === "asked" && !hasDialled(tokenOf(id))) ||
        // init has to refuse a process that it cannot identify.
        windows.wasOpenSince("descriptors", time.now - 60_000),
    },
    { pattern: /^the template shares a server$/, isTrue: () => windows.wasOpenSince("brokenFork", time.now - slackMs) },
    {
      pattern: /^it was asked for too long$/,
      isTrue: (process) => (worker(process)?.dialledAt ?? Infinity) > time.now - slackMs || process.stillMs > 0,
    },
    {
      pattern: /^it was starting for too long$/,
      isTrue: (process) =>
        process.role === "keeper"
          ? !keepers.has(process.pid) || process.stillMs > 0
          : worker(process)?.isFaulty === true ||
            ((worker(process)?.startedAt ?? Infinity) > time.now - slackMs && hadTimeToStart(process)),
    },
    { pattern: /^it was (retiring|standby) for too long$/, isTrue: () => true },
    {
      pattern: /^it was (draining|taking|standby|stopping) for too long$/,
      isTrue: (process) =>
        worker(process) !== undefined &&
        (worker(process)?.isFaulty === true ||
          (worker(process)?.mode ?? "taking") !== "taking" ||
          stoodStill(process, slackMs)),
    },
    {
      pattern: /^it was killed for too long$/,
      isTrue: (process) =>
        process.unkillableUntil > time.now - slackMs || windows.wasOpenSince("descriptors", time.now - 20_000),
    },
    {
      pattern: /^it has been stopped \(SIGSTOP\) for \d+ s$/,
      isTrue: (process, reason) => isLongEnough(reason) && process.isStopped && stoodStill(process, secondsIn(reason)),
    },
    {
      pattern: /^its event loop has not run for \d+ s, although it holds no job$/,
      isTrue: (process, reason) =>
        isLongEnough(reason) && stoodStill(process, secondsIn(reason)) && worker(process)?.jobs.count === 0,
    },
    {
      pattern: /^it has held no job for \d+ s and reports that it takes none: /,
      isTrue: (process) => worker(process)?.isStuck === true,
    },
    {
      pattern: /^it has taken no job for \d+ s while jobs wait in jobs$/,
      isTrue: (process, reason) =>
        worker(process)?.isStuck === true &&
        store.waiting.length > 0 &&
        time.now - (worker(process)?.jobs.tookAt ?? 0) >= secondsIn(reason) - slackMs,
    },
    {
      pattern: /^it received a signal to stop, and its event loop is blocked$/,
      isTrue: (process) => process.stillMs >= limits.stopTimeoutMs - slackMs,
    },
    {
      pattern: /^job ran for longer than its time limit of \d+ ?s/,
      isTrue: (process) => {
        const known = supervisor.world.workers.find(({ pid }) => pid === process.pid);
        const [limit] = known?.timeLimits ?? [];
        const limitMs = limit?.hardMs ?? Infinity;
        return [...(worker(process)?.jobs.running.values() ?? [])].some((since) => time.now - since >= limitMs);
      },
    },
    { pattern: /^job stopped by /, isTrue: (process) => (worker(process)?.jobs.count ?? 0) > 0 },
    {
      pattern: /^init closed its channel: /,
      isTrue: (process) =>
        worker(process)?.isFaulty === true ||
        templates.get(process.pid)?.isFaulty === true ||
        keepers.get(process.pid)?.isFaulty === true,
    },
    {
      pattern: /^it no longer reports that it is alive$/,
      isTrue: (process) =>
        stoodStill(process, limits.keeperSilentMs) || keepers.get(process.pid)?.isFaulty === true || initStoodStill(),
    },
    {
      pattern: /^the application now uses another Redis or another BullMQ$/,
      isTrue: (process) =>
        JSON.stringify(keepers.get(process.pid)?.connection) !==
        JSON.stringify(supervisor.world.current?.redis?.connection),
    },
  ];
}
