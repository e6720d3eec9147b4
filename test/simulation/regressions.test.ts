// Faults that the simulation has found, each in its shrunk world: faults of init, and of the simulation itself.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runWorld } from "./run-world.ts";
import type { Fault, Release, Scenario } from "./scenario/scenario.ts";

const good: Release = {
  load: "loads",
  loadMs: 500,
  engine: "fork",
  workers: 2,
  concurrency: 1,
  redis: 0,
  start: "starts",
  startMs: 20,
  teardownMs: 10,
  timeLimitMs: undefined,
  isolates: false,
};

const settings = {
  engine: "auto",
  drainTimeoutMs: 25_000,
  reloadDrainTimeoutMs: 20_000,
  stopTimeoutMs: 2_000,
  bootTimeoutMs: 20_000,
  lockDurationMs: 30_000,
  stuckTimeoutMs: 15_000,
  stoppedJobs: "fail",
} as const;

/** A world in which nothing happens but the given faults. */
interface Given {
  readonly seed?: number;
  readonly settings?: Scenario["settings"];
  readonly release?: Partial<Release>;
  readonly releases?: readonly Partial<Release>[];
  readonly jobEveryMs?: number;
  readonly jobMs?: number;
  readonly hasBoard?: boolean;
  readonly reloadsAtLast?: boolean;
}

async function historyOf(faults: readonly Fault[], given: Given = {}): Promise<string> {
  const release = { ...good, ...given.release };
  const { violation, history } = await runWorld({
    seed: given.seed ?? 1,
    settings: { ...settings, ...given.settings },
    hasBoard: given.hasBoard ?? true,
    isInteractive: false,
    releases: given.releases?.map((one) => ({ ...good, ...one })) ?? [release, release],
    jobEveryMs: given.jobEveryMs ?? 1_000_000,
    jobMs: given.jobMs ?? 1_000,
    orphans: 0,
    faults,
    reloadsAtLast: given.reloadsAtLast ?? true,
    farewell: "SIGTERM",
  });
  const text = history.lines(true).join("\n");
  assert.equal(violation, undefined, text);
  return text;
}

describe("a process that init does not reach", () => {
  test("is killed soon if it closes its channel while it loads", async () => {
    const hangUp = { kind: "hangUp", role: "template", choice: 0, atMs: 300 } as const;
    assert.match(
      await historyOf([hangUp]),
      /sent SIGKILL to template .*reason="its channel has closed, and it did not exit"/,
    );
  });

  test("gets no more time from a reload: worker", async () => {
    const hangUp = { kind: "hangUp", role: "worker", choice: 1, atMs: 60_000 } as const;
    const reload = { kind: "signal", signal: "SIGHUP", atMs: 61_000 } as const;
    assert.match(
      await historyOf([hangUp, reload]),
      /sent SIGKILL to worker .*reason="init can no longer reach it, and it did not exit"/,
    );
  });

  test("gets no more time from a reload: template", async () => {
    const hangUp = { kind: "hangUp", role: "template", choice: 0, atMs: 50_000 } as const;
    const kill = { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 50_100 } as const;
    const reload = { kind: "signal", signal: "SIGHUP", atMs: 50_200 } as const;
    assert.match(
      await historyOf([hangUp, kill, reload]),
      /sent SIGKILL to template .*reason="its channel has closed, and it did not exit"/,
    );
  });

  test("is killed after it has reported its end and does not exit", async () => {
    const exitHangs = { kind: "exitHangs", forMs: 60_000, atMs: 1_000 } as const;
    const quit = { kind: "signalWorker", choice: 80, signal: "SIGQUIT", atMs: 4_000 } as const;
    assert.match(
      await historyOf([exitHangs, quit]),
      /sent SIGKILL to worker .*reason="it reported its end and did not exit"/,
    );
  });
});

describe("without a free descriptor", () => {
  const exhausted = { kind: "descriptorsExhausted", forMs: 40_000, atMs: 30_000 } as const;

  test("init names the cause if it cannot verify a template's user", async () => {
    const reload = { kind: "signal", signal: "SIGHUP", atMs: 32_000 } as const;
    assert.match(await historyOf([exhausted, reload]), /init cannot determine which user its template runs as: EMFILE/);
  });

  test("init kills what it has to kill, and gives nothing up", async () => {
    const blocked = { kind: "block", choice: 0, forMs: 38_000, atMs: 20_000 } as const;
    const hangUp = { kind: "hangUp", role: "template", choice: 0, atMs: 35_000 } as const;
    const history = await historyOf([blocked, exhausted, hangUp]);
    assert.match(history, /replacing stuck worker .*how="kill"/);
    assert.doesNotMatch(history, /failed to perform action|gave up waiting for template/);
  });
});

test("init says that it could not send SIGKILL, and not that the process did not end after it", async () => {
  const refused = { kind: "killFails", forMs: 60_000, atMs: 29_000 } as const;
  const hangUp = { kind: "hangUp", role: "template", choice: 0, atMs: 30_000 } as const;
  const nonsense = { kind: "nonsense", role: "worker", choice: 0, what: 0, atMs: 31_000 } as const;
  const history = await historyOf([refused, hangUp, nonsense]);
  assert.match(history, /gave up waiting for template .*reason="could not be killed: kill EPERM"/);
  assert.match(history, /failed to kill worker .*err=kill EPERM/);
  assert.doesNotMatch(history, /did not end after SIGKILL|sent SIGKILL to worker .*closed its channel/);
});

test("a worker to which SIGKILL cannot be sent stops taking jobs", async () => {
  const faults = [
    { kind: "block", choice: 1, forMs: 17_952, atMs: 50_302 },
    { kind: "killFails", forMs: 54_776, atMs: 54_248 },
    { kind: "signal", signal: "SIGUSR2", atMs: 69_857 },
  ] as const;
  const history = await historyOf(faults, { jobEveryMs: 12_000 });
  assert.match(history, /failed to perform action .*action="replace".*(\n.*){2,4}worker exited slot=1 .*exitCode=0/);
});

describe("a worker that something blocks after it has handled a signal", () => {
  const job = { kind: "jobs", nature: "deaf", durationMs: 60_000, count: 1, atMs: 20_000 } as const;
  const given = { release: { workers: 1 } } as const;
  const blockAfter = (signal: NodeJS.Signals) =>
    ({ kind: "blockAfterSignal", choice: 0, signal, afterMs: 600, forMs: 55_000, atMs: 22_000 }) as const;

  test("is killed if the signal ends it", async () => {
    assert.match(
      await historyOf([job, blockAfter("SIGTERM")], given),
      /sent SIGKILL to worker .*reason="it was stopping for too long after a signal to its pid"/,
    );
  });

  test("is killed if the signal drains it", async () => {
    assert.match(
      await historyOf([job, blockAfter("SIGQUIT")], given),
      /sent SIGKILL to worker .*reason="it was draining for too long after a signal to its pid"/,
    );
  });

  test("is killed if the signal drains it, although it is also recycled since, which has no limit", async () => {
    const old = { ...given, settings: { recycleAgeMs: 60_000 } } as const;
    const late = { ...blockAfter("SIGQUIT"), forMs: 100_000, atMs: 55_000 };
    const longer = { ...job, durationMs: 120_000, atMs: 50_000 };
    assert.match(
      await historyOf([longer, late], old),
      /recycling worker [^]*sent SIGKILL to worker .*reason="it was draining for too long after a signal to its pid"/,
    );
  });

  test("loses the job that the signal stops", async () => {
    assert.match(
      await historyOf([job, blockAfter("SIGUSR1")], given),
      /sent SIGKILL to worker .*reason="job stopped by SIGUSR1/,
    );
  });
});

describe("a worker that is forked after init has given it up", () => {
  test("shows nothing on the row of another worker", async () => {
    const faults = [
      { kind: "forkHangs", forMs: 14_584, atMs: 614 },
      { kind: "signal", signal: "SIGHUP", atMs: 2_787 },
      { kind: "freezeAll", forMs: 41_236, atMs: 11_869 },
      { kind: "unkillable", choice: 0, forMs: 40_138, atMs: 31_346 },
    ] as const;
    const given = { settings: { hasSpare: true, stuckTimeoutMs: 60_000, stoppedJobs: "retry" } } as const;
    const history = await historyOf(faults, { ...given, seed: 7_104_663, release: { workers: 1 } });
    assert.match(history, /its pid never became known[^]*reaped orphan/);
    assert.doesNotMatch(history, /sent SIGKILL to worker/);
  });

  test("shows nothing on the row of another worker after several reloads", async () => {
    const faults = [
      { kind: "deploy", release: 1, atMs: 11_405 },
      { kind: "signal", signal: "SIGHUP", atMs: 162_205 },
      { kind: "signalWorker", choice: 78, signal: "SIGQUIT", atMs: 189_216 },
      { kind: "unkillable", choice: 91, forMs: 37_309, atMs: 190_221 },
      { kind: "signal", signal: "SIGHUP", atMs: 211_939 },
      { kind: "fleetOrder", order: "reload", atMs: 221_719 },
    ] as const;
    const history = await historyOf(faults, {
      seed: 7_120_941,
      settings: { stopTimeoutMs: 5_000, bootTimeoutMs: 60_000, stuckTimeoutMs: 60_000, hasSpare: true, fleet: "on" },
      releases: [{ workers: 3 }, { workers: 4, minimum: 3, teardownMs: 4_000 }],
    });
    assert.match(history, /its pid never became known[^]*reaped orphan/);
    assert.doesNotMatch(history, /sent SIGKILL to worker/);
  });
});

describe("a freeze of the whole container", () => {
  test("does not count for a process that was killed before it", async () => {
    const stuck = { kind: "unkillable", choice: 0, forMs: 52_000, atMs: 99_000 } as const;
    const stop = { kind: "signal", signal: "SIGTERM", atMs: 99_100 } as const;
    const freeze = { kind: "freezeAll", forMs: 40_000, atMs: 104_000 } as const;
    const history = await historyOf([stuck, stop, freeze]);
    assert.match(history, /extended deadlines/);
    assert.doesNotMatch(history, /gave up waiting/);
  });

  test("does not fail the liveness probe that is answered before init's loop turns", async () => {
    await historyOf([{ kind: "freezeAll", forMs: 32_597, atMs: 237_403 }]);
  });

  test("is not counted twice if two freezes overlap", async () => {
    const faults = [
      { kind: "slow", forMs: 25_730, atMs: 170 },
      { kind: "freezeAll", forMs: 21_390, atMs: 16_009 },
      { kind: "freezeAll", forMs: 2_803, atMs: 30_346 },
      { kind: "signalWorker", choice: 0, signal: "SIGSTOP", atMs: 58_569 },
    ] as const;
    const given = { settings: { bootTimeoutMs: 60_000, stuckTimeoutMs: 0 }, release: { startMs: 3_000, workers: 4 } };
    assert.match(await historyOf(faults, given), /reason="it was starting for too long"/);
  });
});

test("a process that ended while init was frozen is reaped, and not given up at a deadline that falls on the thaw", async () => {
  const faults = [
    { kind: "jobs", nature: "poison", durationMs: 538, count: 1, atMs: 12_968 },
    { kind: "forkFails", forMs: 32_233, atMs: 13_370 },
    { kind: "unkillable", choice: 27, forMs: 41_836, atMs: 21_872 },
    { kind: "freezeInit", forMs: 26_689, atMs: 40_792 },
  ] as const;
  const given = { seed: 4_000_595, settings: { bootTimeoutMs: 60_000 }, release: { workers: 1 }, jobEveryMs: 12_000 };
  const history = await historyOf(faults, given);
  assert.match(history, /extended deadlines[^]*keeper exited/);
  assert.doesNotMatch(history, /gave up waiting/);
});

test("forker is up when a reload leaves only slots whose workers have started", async () => {
  const faults = [
    { kind: "forkHangs", forMs: 25_056, atMs: 3_647 },
    { kind: "deploy", release: 1, atMs: 3_816 },
  ] as const;
  const releases = [
    { workers: 4, loadMs: 8_000 },
    { workers: 3, load: "fails" },
    { workers: 1, startMs: 3_000 },
  ] as const;
  assert.match(await historyOf(faults, { releases }), /activated generation generation=2 workers=1/);
});

describe("/readyz", () => {
  test("is 503 while the frozen worker of a suspended slot drains in a reload", async () => {
    const suspend = { kind: "signal", signal: "SIGUSR2", atMs: 30_000 } as const;
    const freeze = { kind: "freezeWorker", choice: 0, forMs: 50_000, atMs: 40_000 } as const;
    const reload = { kind: "signal", signal: "SIGHUP", atMs: 50_000 } as const;
    await historyOf([suspend, freeze, reload]);
  });

  test("is 503 while a worker drains that was ordered to take jobs and never reported that it does", async () => {
    const reload = { kind: "signal", signal: "SIGHUP", atMs: 3_000 } as const;
    const block = { kind: "block", choice: 3, forMs: 54_542, atMs: 4_700 } as const;
    const again = { kind: "signal", signal: "SIGHUP", atMs: 12_000 } as const;
    await historyOf([reload, block, again], {
      settings: { stuckTimeoutMs: 60_000, reloadDrainTimeoutMs: 60_000 },
      release: { teardownMs: 4_000 },
    });
  });
});

test("a SIGSTOP lasts from the signal on, not from the block of the event loop before it", async () => {
  const job = { kind: "jobs", nature: "blocks", durationMs: 50_000, count: 1, atMs: 20_000 } as const;
  const stop = (choice: number) => ({ kind: "signalWorker", choice, signal: "SIGSTOP", atMs: 36_000 }) as const;
  const goOn = (choice: number) => ({ kind: "signalWorker", choice, signal: "SIGCONT", atMs: 39_000 }) as const;
  const history = await historyOf([job, stop(0), goOn(0)], { release: { workers: 1 } });
  assert.doesNotMatch(history, /replacing stuck worker/);
});

describe("a worker that is blocked when it is ordered to take jobs", () => {
  const hasSpare = { settings: { hasSpare: true } } as const;

  test("does not count as one that refuses to", async () => {
    const faults = [
      { kind: "block", choice: 89, forMs: 53_476, atMs: 2_515 },
      { kind: "signal", signal: "SIGTTIN", atMs: 2_973 },
    ] as const;
    const given = { seed: 7_113_681, settings: { hasSpare: true, fleet: "on" } } as const;
    assert.match(await historyOf(faults, given), /replacing stuck worker .*its event loop has not run for 1\d s/);
  });

  test("does not count as one that refuses to if it was blocked before init was frozen", async () => {
    const faults = [
      { kind: "signalWorker", choice: 66, signal: "SIGHUP", atMs: 1_921 },
      { kind: "freezeInit", forMs: 46_197, atMs: 3_998 },
      { kind: "freezeWorker", choice: 0, forMs: 34_815, atMs: 31_755 },
    ] as const;
    const release = { workers: 1, minimum: 1, startMs: 3_000 };
    const history = await historyOf(faults, { seed: 7_113_000, ...hasSpare, release });
    assert.doesNotMatch(history, /replacing stuck worker .*standby/);
  });

  test("does not count as one that refuses to if it hangs in the kernel", async () => {
    const faults = [
      { kind: "freezeInit", forMs: 24_709, atMs: 1_558 },
      { kind: "unkillable", choice: 20, forMs: 49_927, atMs: 14_815 },
    ] as const;
    const release = { engine: "spawn", workers: 1, redis: undefined, startMs: 3_000, teardownMs: 4_000 } as const;
    const history = await historyOf(faults, { seed: 7_101_748, release });
    assert.match(history, /replacing stuck worker .*its event loop has not run for 1\d s/);
  });

  test("does not count as one that refuses to when it is a successor", async () => {
    const faults = [
      { kind: "signalWorker", choice: 32, signal: "SIGINT", atMs: 145_572 },
      { kind: "block", choice: 63, forMs: 37_614, atMs: 153_671 },
    ] as const;
    const given = { seed: 7_113_165, settings: { hasSpare: true, fleet: "on", recycleAgeMs: 60_000 } } as const;
    const release = { engine: "spawn", teardownMs: 4_000, timeLimitMs: 10_000 } as const;
    const history = await historyOf(faults, { ...given, release });
    assert.match(history, /replacing stuck worker .*its event loop has not run for 1\d s/);
  });
});

test("a spare that is stopped takes over no slot, and is replaced where it is", async () => {
  const faults = [
    { kind: "block", choice: 72, forMs: 9_120, atMs: 1_663 },
    { kind: "oom", choice: 73, atMs: 1_748 },
    { kind: "signalWorker", choice: 25, signal: "SIGSTOP", atMs: 2_355 },
    { kind: "signal", signal: "SIGHUP", atMs: 3_100 },
    { kind: "signal", signal: "SIGHUP", atMs: 3_130 },
    { kind: "forkFails", forMs: 46_912, atMs: 3_431 },
    { kind: "signalWorker", choice: 44, signal: "SIGSTOP", atMs: 4_761 },
  ] as const;
  const release = { workers: 1, redis: undefined, teardownMs: 4_000, isolates: true };
  const given = { seed: 7_120_644, settings: { hasSpare: true, recycleAgeMs: 60_000 }, release };
  const history = await historyOf(faults, given);
  assert.match(history, /replacing stuck worker isSpare=true .*it has been stopped \(SIGSTOP\)/);
});

test("a worker that is stopped while it waits for its successor is killed, although the successor does not start", async () => {
  const faults = [
    { kind: "descriptorsExhausted", forMs: 49_943, atMs: 203_951 },
    { kind: "signalWorker", choice: 16, signal: "SIGSTOP", atMs: 223_705 },
    { kind: "deploy", release: 2, atMs: 231_650 },
  ] as const;
  const isolating = { isolates: true } as const;
  const history = await historyOf(faults, {
    seed: 7_308_486,
    settings: { reloadDrainTimeoutMs: 60_000, stuckTimeoutMs: 60_000, hasSpare: true, recycleAgeMs: 60_000 },
    releases: [{ ...isolating, workers: 3, minimum: 2 }, isolating, { ...isolating, load: "fails" }, isolating],
    jobEveryMs: 12_000,
    jobMs: 4_000,
  });
  assert.match(history, /replacing stuck worker .*it has been stopped \(SIGSTOP\) for 60 s/);
});

test("init starts no template in the turn in which it gives up", async () => {
  const broken = { kind: "forkBroken", forMs: 45_829, atMs: 100 } as const;
  const given = { seed: 1243, settings: { engine: "fork" }, release: { workers: 1 } } as const;
  assert.match(await historyOf([broken], given), /giving up .*reason="every worker crashed/);
});

test("init starts no worker of a slot that the generation which it has just activated lacks", async () => {
  const faults = [
    { kind: "signalKeeper", signal: "SIGSTOP", atMs: 13_222 },
    { kind: "redisDown", forMs: 1_373, atMs: 31_145 },
    { kind: "unkillable", choice: 39, forMs: 4_067, atMs: 57_642 },
    { kind: "jobs", nature: "poison", durationMs: 1_946, count: 4, atMs: 59_501 },
    { kind: "signal", signal: "SIGHUP", atMs: 84_351 },
    { kind: "signal", signal: "SIGHUP", atMs: 86_628 },
    { kind: "deploy", release: 1, atMs: 92_739 },
  ] as const;
  const settingsOfWorld = { reloadDrainTimeoutMs: 60_000, bootTimeoutMs: 60_000, stuckTimeoutMs: 60_000 } as const;
  const spawned = { engine: "spawn", minimum: 0 } as const;
  const history = await historyOf(faults, {
    seed: 7_308_766,
    settings: { ...settingsOfWorld, stopTimeoutMs: 5_000, stoppedJobs: "retry" },
    releases: [{ ...spawned, workers: 3, loadMs: 8_000, timeLimitMs: 10_000 }, spawned],
  });
  assert.match(history, /activated generation generation=3 workers=0/);
});

test("CONT to a worker that stands by resumes its slot", async () => {
  const faults = [
    { kind: "jobs", nature: "good", durationMs: 25_000, count: 1, atMs: 20_000 },
    { kind: "signal", signal: "SIGUSR2", atMs: 30_000 },
    { kind: "signal", signal: "SIGHUP", atMs: 31_000 },
    { kind: "signalWorker", choice: 1, signal: "SIGCONT", atMs: 35_000 },
    { kind: "jobs", nature: "good", durationMs: 1_000, count: 1, atMs: 50_000 },
  ] as const;
  const given = { release: { workers: 1 }, settings: { reloadDrainTimeoutMs: 60_000 } };
  assert.doesNotMatch(await historyOf(faults, given), /replacing stuck worker/);
});

test("a subcommand that joins the drain in the turn in which init would exit gets the last report", async () => {
  const faults = [
    { kind: "awaitDrain", leavesAfterMs: 1_268, atMs: 2_120 },
    { kind: "freezeInit", forMs: 26_604, atMs: 4_030 },
    { kind: "awaitDrain", leavesAfterMs: undefined, atMs: 5_995 },
  ] as const;
  await historyOf(faults, { settings: { reloadDrainTimeoutMs: 60_000 } });
});

test("a subcommand that joins the drain while init is frozen, for too short a time to notice, gets the last report", async () => {
  const faults = [
    { kind: "awaitDrain", leavesAfterMs: undefined, atMs: 355 },
    { kind: "freezeInit", forMs: 4_458, atMs: 1_742 },
    { kind: "awaitDrain", leavesAfterMs: undefined, atMs: 3_453 },
  ] as const;
  const given = { settings: { bootTimeoutMs: 60_000, reloadDrainTimeoutMs: 60_000, hasSpare: true } };
  const history = await historyOf(faults, { ...given, seed: 7_113_138, release: { workers: 1 } });
  assert.match(history, /drain waiters changed waiters=2[^]*init exits: done/);
});

test("init does not exit with 0 if it could not see whether a dead worker held jobs, and Redis does not say", async () => {
  const faults = [
    { kind: "jobs", nature: "blocks", durationMs: 3_037, count: 4, atMs: 821 },
    { kind: "signal", signal: "SIGTTOU", atMs: 1_110 },
    { kind: "oom", choice: 33, atMs: 1_319 },
    { kind: "redisDown", forMs: 37_174, atMs: 1_336 },
    { kind: "awaitDrain", leavesAfterMs: 4_758, atMs: 2_636 },
  ] as const;
  const release = { engine: "spawn", workers: 1 } as const;
  const history = await historyOf(faults, { seed: 5_001_011, hasBoard: false, release });
  assert.match(history, /gave up .*jobs of a dead worker.*mayHoldMore=true/);
  assert.match(history, /init exits: jobsNotHandedBack/);
});

test("init does not exit with 0 if a worker that it could neither kill nor tell to stop may have taken another job", async () => {
  const faults = [
    { kind: "hangUp", role: "worker", choice: 0, atMs: 20_000 },
    { kind: "killFails", forMs: 60_000, atMs: 21_000 },
    { kind: "signal", signal: "SIGQUIT", atMs: 30_000 },
    { kind: "jobs", nature: "good", durationMs: 20_000, count: 2, atMs: 25_000 },
  ] as const;
  const history = await historyOf(faults, { release: { workers: 1 }, jobEveryMs: 4_000 });
  assert.match(history, /gave up waiting for worker .*reason="could not be killed: kill EPERM"/);
  assert.match(history, /init exits: jobsNotHandedBack/);
});

describe("the simulation", () => {
  test("counts the templates that init gives as the reason for spawning workers", async () => {
    const broken = { kind: "forkBroken", forMs: 44_000, atMs: 73_000 } as const;
    const crash = { kind: "signalWorker", choice: 0, signal: "SIGSEGV", atMs: 86_000 } as const;
    const history = await historyOf([broken, crash], { release: { workers: 1 } });
    assert.match(history, /fell back to spawned workers .*reason="no worker started from 3 templates in a row"/);
  });

  test("lets a worker start that has the order to take jobs, because it said too early that it had started", async () => {
    const nonsense = { kind: "nonsense", role: "worker", choice: 0, what: 49, atMs: 2_500 } as const;
    await historyOf([nonsense], { release: { workers: 1, startMs: 3_000 } });
  });

  test("lets a worker update its row between two halts, even if init does not read it then", async () => {
    const faults = [
      { kind: "block", choice: 0, forMs: 2_623, atMs: 2_217 },
      { kind: "nonsense", role: "keeper", choice: 27, what: 42, atMs: 3_585 },
      { kind: "freezeWorker", choice: 0, forMs: 22_882, atMs: 5_579 },
    ] as const;
    await historyOf(faults, { seed: 5_001_340, release: { workers: 1 } });
  });

  test("knows that a process that hangs in the kernel dies of an OOM kill later", async () => {
    const faults = [
      { kind: "unkillable", choice: 79, forMs: 52_894, atMs: 2_243 },
      { kind: "oom", choice: 96, atMs: 3_198 },
      { kind: "freezeInit", forMs: 51_291, atMs: 3_342 },
    ] as const;
    const given = { settings: { engine: "fork" }, release: { workers: 1, loadMs: 8_000 } } as const;
    assert.match(await historyOf(faults, given), /template exited .*outOfMemory="cgroup oom_kill"/);
  });

  test("knows that init cannot tell which of two processes the OOM killer has ended while init was frozen", async () => {
    const faults = [
      { kind: "freezeInit", forMs: 50_000, atMs: 30_000 },
      { kind: "oom", choice: 2, atMs: 31_000 },
      { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 70_000 },
    ] as const;
    assert.match(await historyOf(faults), /worker exited slot=0 .*outOfMemory="cgroup oom_kill"/);
  });

  test("knows that a template whose channel has closed still has to load in time", async () => {
    const faults = [
      { kind: "unkillable", choice: 2, forMs: 54_670, atMs: 469 },
      { kind: "freezeAll", forMs: 24_807, atMs: 23_821 },
      { kind: "nonsense", role: "template", choice: 87, what: 4, atMs: 29_248 },
    ] as const;
    const release = { redis: undefined, workers: 1 };
    const history = await historyOf(faults, { seed: 1_000_082, settings: { recycleAgeMs: 60_000 }, release });
    assert.match(history, /sent SIGKILL to template .*its channel has closed, and it did not exit/);
  });

  test("knows that a template whose channel has closed still has to retire in time", async () => {
    const early = [
      { kind: "unkillable", choice: 60, forMs: 38_064, atMs: 914 },
      { kind: "nonsense", role: "template", choice: 99, what: 52, atMs: 4_643 },
    ] as const;
    const release = { engine: "spawn", workers: 1, teardownMs: 4_000 } as const;
    const spawned = await historyOf(early, { seed: 7_301_186, settings: { bootTimeoutMs: 60_000 }, release });
    assert.match(spawned, /sent SIGKILL to template .*reason="its channel has closed, and it did not exit"/);
    const late = [
      { kind: "unkillable", choice: 68, forMs: 57_338, atMs: 67_652 },
      { kind: "unkillable", choice: 50, forMs: 49_001, atMs: 81_679 },
      { kind: "signal", signal: "SIGQUIT", atMs: 115_080 },
      { kind: "hangUp", role: "template", choice: 83, atMs: 119_307 },
    ] as const;
    const leaving = await historyOf(late, {
      seed: 7_302_551,
      settings: { stopTimeoutMs: 5_000, bootTimeoutMs: 60_000, stuckTimeoutMs: 60_000 },
      release: { workers: 3 },
    });
    assert.match(leaving, /sent SIGKILL to template .*reason="its channel has closed, and it did not exit"/);
  });

  test("knows that a template that runs for a moment between two halts does not retire", async () => {
    const faults = [
      { kind: "forkHangs", forMs: 47_802, atMs: 877 },
      { kind: "awaitDrain", leavesAfterMs: undefined, atMs: 18_674 },
    ] as const;
    const given = { settings: { bootTimeoutMs: 60_000, hasSpare: true }, release: { workers: 1, loadMs: 8_000 } };
    const history = await historyOf(faults, { ...given, seed: 7_309_362 });
    assert.match(history, /sent SIGKILL to template .*reason="it was retiring for too long"/);
  });

  test("lets a worker that is loading handle a signal once it has connected", async () => {
    const faults = [
      { kind: "signalWorker", choice: 46, signal: "SIGSEGV", atMs: 627 },
      { kind: "nonsense", role: "worker", choice: 4, what: 32, atMs: 2_326 },
      { kind: "signalWorker", choice: 13, signal: "SIGKILL", atMs: 2_712 },
      { kind: "signal", signal: "SIGTERM", atMs: 3_338 },
      { kind: "signalWorker", choice: 6, signal: "SIGQUIT", atMs: 3_431 },
    ] as const;
    const given = {
      settings: { engine: "spawn", recycleAgeMs: 60_000 },
      release: { workers: 1, teardownMs: 4_000 },
    } as const;
    assert.doesNotMatch(await historyOf(faults, { ...given, seed: 7_309_646 }), /was stopping for too long/);
  });

  test("knows that init does not hear of the suspension of a worker that has reported its end", async () => {
    const faults = [
      { kind: "exitHangs", forMs: 36_937, atMs: 63_052 },
      { kind: "signalWorker", choice: 20, signal: "SIGHUP", atMs: 107_158 },
      { kind: "signalWorker", choice: 8, signal: "SIGUSR2", atMs: 108_584 },
    ] as const;
    const given = { settings: { engine: "fork", stopTimeoutMs: 5_000, hasSpare: true }, jobEveryMs: 12_000 } as const;
    await historyOf(faults, { ...given, seed: 7_313_427, release: { workers: 1, minimum: 0 } });
  });

  test("knows that a worker of a slot that TTOU has removed is of no use", async () => {
    const faults = [
      { kind: "forkFails", forMs: 49_000, atMs: 3_200 },
      { kind: "signalWorker", choice: 0, signal: "SIGINT", atMs: 4_500 },
      { kind: "jobs", nature: "good", durationMs: 2_000, count: 1, atMs: 25_000 },
      { kind: "signal", signal: "SIGTTOU", atMs: 26_600 },
    ] as const;
    assert.match(await historyOf(faults), /giving up .*reason="every worker crashed/);
  });

  test("knows that a reload is a new chance for stuck workers", async () => {
    const faults = [
      { kind: "signalWorker", choice: 0, signal: "SIGSTOP", atMs: 5_000 },
      { kind: "signal", signal: "SIGHUP", atMs: 26_000 },
      { kind: "excuse", choice: 0, atMs: 29_000 },
    ] as const;
    const history = await historyOf(faults);
    assert.equal(history.match(/replacing stuck worker slot=0/g)?.length, 2, history);
  });

  test("knows that a template is killed for a spare that it does not fork", async () => {
    const faults = [
      { kind: "forkHangs", forMs: 60_000, atMs: 29_900 },
      { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 30_000 },
    ] as const;
    const history = await historyOf(faults, { settings: { hasSpare: true } });
    assert.match(history, /sent SIGKILL to template .*reason="it was ordered to fork a spare 25 s ago/);
  });

  test("knows that init may not notice a freeze of little more than five seconds", async () => {
    const faults = [
      { kind: "deploy", release: 1, atMs: 4_000 },
      { kind: "signal", signal: "SIGHUP", atMs: 36_101 },
      { kind: "freezeAll", forMs: 5_017, atMs: 71_003 },
    ] as const;
    const history = await historyOf(faults, { releases: [{}, { load: "hangsInTrial" }, {}] });
    assert.match(history, /reason="it did not return from the trial fork"/);
  });

  test("knows that a worker that closes its channel has no more time to start", async () => {
    const faults = [
      { kind: "deploy", release: 1, atMs: 4_000 },
      { kind: "signal", signal: "SIGHUP", atMs: 30_000 },
      { kind: "hangUp", role: "worker", choice: 2, atMs: 48_000 },
    ] as const;
    const history = await historyOf(faults, { releases: [{}, { start: "mute" }, {}] });
    assert.match(history, /generation=2 .*reason="init can no longer reach it, and it did not exit"/);
  });

  test("knows that init does not hear of orphaned jobs from a keeper that has closed its channel", async () => {
    const faults = [
      { kind: "freezeAll", forMs: 50_000, atMs: 5_000 },
      { kind: "hangUp", role: "keeper", choice: 0, atMs: 6_000 },
      { kind: "orphans", count: 1, atMs: 7_000 },
      { kind: "signal", signal: "SIGINT", atMs: 10_000 },
    ] as const;
    assert.match(await historyOf(faults), /init exits: done/);
  });

  test("knows that only a reload repairs spawned workers if the deployed release isolates its jobs", async () => {
    const kill = { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 335_000 } as const;
    const releases = [{ engine: "spawn" }, { isolates: true }] as const;
    assert.match(await historyOf([kill], { releases, reloadsAtLast: false }), /worker failed to start/);
  });

  test("does not count a freeze for a runner whose worker has not reported it", async () => {
    const faults = [
      { kind: "signalWorker", choice: 0, signal: "SIGSTOP", atMs: 5_500 },
      { kind: "freezeAll", forMs: 40_000, atMs: 8_000 },
    ] as const;
    const release = { isolates: true, workers: 1, startMs: 3_000 };
    const history = await historyOf(faults, { release, settings: { stuckTimeoutMs: 60_000 } });
    assert.match(history, /sent SIGKILL to runner .*reason="it was not ready for a job in time"/);
  });

  test("knows that init waits longer for a runner while init itself is frozen", async () => {
    const faults = [
      { kind: "signalWorker", choice: 32, signal: "SIGSTOP", atMs: 1_333 },
      { kind: "freezeInit", forMs: 23_867, atMs: 44_101 },
    ] as const;
    const history = await historyOf(faults, {
      seed: 7_102_857,
      settings: { bootTimeoutMs: 60_000, stuckTimeoutMs: 60_000, hasSpare: true, fleet: "on", recycleAgeMs: 60_000 },
      release: { isolates: true, workers: 4, redis: undefined },
    });
    assert.match(history, /sent SIGKILL to runner .*reason="it was not ready for a job in time"/);
  });

  test("knows that a job is not handed back before init gives up its runner, and not after its lock has expired", async () => {
    const faults = [
      { kind: "jobs", nature: "deaf", durationMs: 45_261, count: 5, atMs: 24_375 },
      { kind: "unkillable", role: "runner", choice: 20, forMs: 15_523, atMs: 25_082 },
      { kind: "signalWorker", choice: 51, signal: "SIGKILL", atMs: 26_952 },
    ] as const;
    const given = { seed: 292, settings: { lockDurationMs: 10_000 }, release: { isolates: true, workers: 1 } } as const;
    const history = await historyOf(faults, { ...given, jobEveryMs: 12_000 });
    assert.match(history, /gave up waiting for runner [^]*gave up handing back jobs of a dead worker/);
  });

  test("knows that a worker may end a job that another of its runners still runs, because a stalled check gave it away", async () => {
    const faults = [
      { kind: "spawnFails", throws: false, errno: "ENOENT", forMs: 4_215, atMs: 374 },
      { kind: "block", choice: 1, forMs: 10_534, atMs: 739 },
      { kind: "signal", signal: "SIGHUP", atMs: 839 },
      { kind: "jobs", nature: "blocks", durationMs: 51_174, count: 1, atMs: 1_276 },
      { kind: "signal", signal: "SIGHUP", atMs: 3_578 },
      { kind: "redisDown", forMs: 11_715, atMs: 4_476 },
      { kind: "redisDown", forMs: 2_902, atMs: 9_654 },
      { kind: "signal", signal: "SIGHUP", atMs: 30_481 },
    ] as const;
    const history = await historyOf(faults, {
      seed: 7_304_214,
      settings: { reloadDrainTimeoutMs: 60_000, lockDurationMs: 10_000, stuckTimeoutMs: 60_000, hasSpare: true },
      hasBoard: false,
      releases: [{ workers: 1, concurrency: 4, redis: 1, isolates: true }, { workers: 1 }],
    });
    assert.match(history, /sent SIGKILL to runner .*jobs=\["jobs:1"\] reason="its worker has ended"/);
  });

  test("knows that no keeper hands back the jobs of a worker that died before a reload named their Redis", async () => {
    const faults = [
      { kind: "signalRunner", choice: 98, signal: "SIGSTOP", atMs: 189_093 },
      { kind: "excuse", choice: 32, atMs: 212_570 },
    ] as const;
    const isolating = { isolates: true, workers: 1 } as const;
    await historyOf(faults, {
      seed: 7_319_718,
      settings: { stopTimeoutMs: 5_000, stuckTimeoutMs: 0, hasSpare: true },
      releases: [{ ...isolating, minimum: 0, redis: undefined }, isolating],
      jobEveryMs: 4_000,
    });
  });

  test("knows that no keeper served a worker that ended before a reload brought a Redis", async () => {
    const faults = [
      { kind: "deploy", release: 1, atMs: 20_000 },
      { kind: "jobs", nature: "deaf", durationMs: 60_000, count: 1, atMs: 25_000 },
      { kind: "signal", signal: "SIGHUP", atMs: 30_000 },
      { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 30_050 },
    ] as const;
    const history = await historyOf(faults, { releases: [{ redis: undefined, workers: 1 }, { workers: 1 }] });
    assert.match(history, /worker exited slot=0 generation=1 [^]*activated generation generation=2 [^]*keeper ready/);
  });

  test("knows that init cannot know the queues of a worker that closes its channel before it has started", async () => {
    const faults = [
      { kind: "nonsense", role: "worker", choice: 77, what: 37, atMs: 3_065 },
      { kind: "hangUp", role: "worker", choice: 48, atMs: 3_684 },
    ] as const;
    const release = { startMs: 3_000, workers: 1, isolates: true };
    const given = { seed: 7_105_253, settings: { lockDurationMs: 10_000 }, release } as const;
    const history = await historyOf(faults, { ...given, jobEveryMs: 4_000 });
    assert.match(history, /sent SIGKILL to worker .*reason="init can no longer reach it, and it did not exit"/);
  });

  test("knows that a stopped runner reads late which job it has, which another worker may have run meanwhile", async () => {
    const faults = [
      { kind: "jobs", nature: "blocks", durationMs: 1_684, count: 1, atMs: 3_472 },
      { kind: "hangUp", role: "worker", choice: 82, atMs: 6_535 },
      { kind: "oom", choice: 63, atMs: 12_196 },
      { kind: "signalRunner", choice: 56, signal: "SIGSTOP", atMs: 64_285 },
      { kind: "signalRunner", choice: 95, signal: "SIGUSR1", atMs: 123_322 },
      { kind: "signal", signal: "SIGALRM", atMs: 144_508 },
      { kind: "signalRunner", choice: 35, signal: "SIGKILL", atMs: 150_570 },
      { kind: "signalRunner", choice: 33, signal: "SIGKILL", atMs: 154_577 },
      { kind: "signalRunner", choice: 49, signal: "SIGKILL", atMs: 174_470 },
      { kind: "redisDown", forMs: 53_474, atMs: 187_250 },
    ] as const;
    const releases = [4, 2, 1, 2].map((workers) => ({ workers, isolates: true }));
    await historyOf(faults, { seed: 7_110_955, releases, jobEveryMs: 12_000, jobMs: 4_000 });
  });

  test("lets a worker try again to hand back a job while Redis is away", async () => {
    const faults = [
      { kind: "jobs", nature: "good", durationMs: 60_000, count: 1, atMs: 30_000 },
      { kind: "redisDown", forMs: 20_000, atMs: 32_000 },
      { kind: "stopJob", choice: 0, atMs: 34_000 },
    ] as const;
    await historyOf(faults, { settings: { stoppedJobs: "handback" }, reloadsAtLast: false });
  });

  test("judges a suspension of a slot from its own beginning", async () => {
    const faults = [
      { kind: "signal", signal: "SIGUSR2", atMs: 40_000 },
      { kind: "signalWorker", choice: 0, signal: "SIGCONT", atMs: 60_000 },
      { kind: "signalWorker", choice: 0, signal: "SIGUSR2", atMs: 90_000 },
    ] as const;
    await historyOf(faults, { jobEveryMs: 4_000 });
  });
});

describe("a keeper that init could not start for a while", () => {
  test("starts soon if jobs of a dead worker wait for it", async () => {
    const faults = [
      { kind: "spawnFails", throws: true, errno: "EINVAL", forMs: 27_406, atMs: 412 },
      { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 38_676 },
    ] as const;
    const history = await historyOf(faults, { settings: { lockDurationMs: 10_000 } });
    assert.match(history, /failed to spawn keeper [^]*worker exited [^]*keeper ready/);
    assert.doesNotMatch(history, /gave up/);
  });

  test("starts soon if init leaves, and quarantined jobs wait for it", async () => {
    const faults = [
      { kind: "orphans", count: 30, atMs: 1_000 },
      { kind: "spawnFails", throws: true, errno: "EINVAL", forMs: 40_000, atMs: 9_000 },
      { kind: "signalKeeper", signal: "SIGKILL", atMs: 10_000 },
      { kind: "signal", signal: "SIGTERM", atMs: 50_500 },
    ] as const;
    const history = await historyOf(faults, { settings: { lockDurationMs: 10_000 } });
    assert.match(history, /failed to spawn keeper [^]*order="stop"[^]*keeper ready[^]*init exits: done/);
  });
});

describe("runners", () => {
  const isolating = { release: { isolates: true }, jobEveryMs: 4_000 } as const;

  test("are forked again when a template can fork, because a spawned worker has no runners", async () => {
    const broken = { kind: "forkBroken", forMs: 40_000, atMs: 30_000 } as const;
    const history = await historyOf([broken], isolating);
    assert.match(history, /sent SIGKILL to template .*reason="the template shares a server"/);
    assert.doesNotMatch(history, /fell back to spawned workers/);
  });

  test("end with their worker, and before its jobs are handed back", async () => {
    const faults = [
      { kind: "jobs", nature: "deaf", durationMs: 30_000, count: 2, atMs: 30_000 },
      { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 32_000 },
    ] as const;
    const history = await historyOf(faults, isolating);
    assert.match(
      history,
      /sent SIGKILL to runner .*reason="its worker has ended"[^]*handed back jobs of a dead worker/,
    );
  });

  test("end with a stopped worker that they have reached, and that has not noticed", async () => {
    const faults = [
      { kind: "descriptorsExhausted", forMs: 10_000, atMs: 3_000 },
      { kind: "signalWorker", choice: 0, signal: "SIGSTOP", atMs: 5_500 },
      { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 20_000 },
    ] as const;
    const history = await historyOf(faults, { release: { isolates: true, workers: 1, startMs: 3_000 } });
    assert.match(history, /rejected worker claimed by a template .*EMFILE/);
  });

  test("are killed for a job that does not heed its signal, and the worker stays", async () => {
    const faults = [
      { kind: "jobs", nature: "deaf", durationMs: 60_000, count: 1, atMs: 30_000 },
      { kind: "stopJob", choice: 0, atMs: 32_000 },
    ] as const;
    const history = await historyOf(faults, { release: { isolates: true } });
    assert.match(history, /sent SIGKILL to runner .*reason="job stopped"/);
    assert.doesNotMatch(history, /sent SIGKILL to worker/);
  });

  test("end if they reach their worker after init has given them up", async () => {
    const kill = { kind: "signalRunner", signal: "SIGKILL" } as const;
    const faults = [
      { kind: "signalWorker", choice: 0, signal: "SIGSTOP", atMs: 30_000 },
      { kind: "descriptorsExhausted", forMs: 26_003, atMs: 31_000 },
      { ...kill, choice: 0, atMs: 32_000 },
      { ...kill, choice: 1, atMs: 32_001 },
      { ...kill, choice: 2, atMs: 32_002 },
      { kind: "jobs", nature: "good", durationMs: 20_000, count: 1, atMs: 40_000 },
      { kind: "signalWorker", choice: 0, signal: "SIGCONT", atMs: 57_001 },
    ] as const;
    const release = { isolates: true, workers: 1 };
    const history = await historyOf(faults, { settings: { stuckTimeoutMs: 0 }, release });
    assert.match(history, /gave up waiting for runner [^]*sent SIGKILL to runner .*reason="init had given it up"/);
  });

  test("are forked by another template if theirs is stopped", async () => {
    const faults = [{ kind: "signalTemplate", signal: "SIGSTOP", atMs: 13_657 }] as const;
    const history = await historyOf(faults, { release: { isolates: true, workers: 1 }, jobEveryMs: 4_000 });
    assert.match(history, /sent SIGKILL to template .*reason="it was ordered to fork a runner for slot 0 25 s ago/);
    assert.doesNotMatch(history, /fell back/);
  });

  test("end even if a template that hung reports them after init has given them up", async () => {
    const faults = [
      { kind: "jobs", nature: "good", durationMs: 1_000, count: 1, atMs: 29_000 },
      { kind: "signalTemplate", signal: "SIGSTOP", atMs: 30_003 },
      { kind: "killFails", forMs: 6_000, atMs: 50_000 },
      { kind: "signalTemplate", signal: "SIGCONT", atMs: 57_000 },
    ] as const;
    const history = await historyOf(faults, {
      settings: { stuckTimeoutMs: 0 },
      release: { isolates: true, workers: 1 },
      jobEveryMs: 4_000,
    });
    assert.match(history, /gave up waiting for runner [^]*sent SIGKILL to runner .*reason="init had given it up"/);
  });
});
