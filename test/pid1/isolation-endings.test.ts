// What ends the process of an isolated job ends nothing else, and the job ends with the true cause.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { endOf, startIsolated, workerPids } from "../support/isolation.ts";

const waitMs = 60_000;

const ownEnds = [
  { behaviour: "exits", reason: /^the job's process ended: exit code 3$/ },
  { behaviour: "exits with success", reason: /^the job's process ended: exit code 0$/ },
  { behaviour: "aborts", reason: /^the job's process ended: signal 6 \(SIGABRT\)$/ },
  { behaviour: "throws uncaught", reason: /^nobody catches this$/ },
];

describe("a job that ends its own process", () => {
  test("fails with the true cause, counts as an attempt, and disturbs no other job", async () => {
    await using forker = await startIsolated({ workload: "jobs,many" });
    const before = workerPids(await forker.status());
    const other = await forker.add("held", {}, "many");
    const { pid } = await forker.began(other);
    for (const { behaviour, reason } of ownEnds) {
      const id = await forker.add(behaviour, { attempts: 2 });
      const { failedReason, attemptsMade } = await endOf(forker, id);
      assert.match(failedReason, reason);
      assert.equal(attemptsMade, 2);
    }
    await forker.release(other);
    assert.equal((await endOf(forker, other, "many")).returnvalue, "released");
    assert.equal((await forker.finished(other)).pid, pid);
    assert.deepEqual(workerPids(await forker.status()), before);
    assert.equal(await forker.drained(), 0);
  });
});

describe("a runner that is killed from outside", () => {
  test("hands its job back, which costs no attempt, and fails it at the third death", async () => {
    await using forker = await startIsolated();
    const before = workerPids(await forker.status());
    const id = await forker.add("held");
    for (let death = 1; death <= 3; death++) {
      const { pid } = await forker.began(id, death);
      forker.pid1.signalInner(pid, "SIGKILL");
    }
    const { failedReason, attemptsMade } = await endOf(forker, id);
    assert.equal(failedReason, "signal 9 (SIGKILL); 3 processes died with this job");
    assert.equal(attemptsMade, 1);
    assert.deepEqual(workerPids(await forker.status()), before);
  });

  test("by its own kill 0, too, and only its group dies", async () => {
    await using forker = await startIsolated();
    const before = workerPids(await forker.status());
    const { failedReason } = await endOf(forker, await forker.add("kills its group"));
    assert.match(failedReason, /^signal 9 \(SIGKILL\); 3 processes died with this job$/);
    assert.deepEqual(workerPids(await forker.status()), before);
  });
});

describe("an isolated job that blocks its event loop", () => {
  test("is stopped by USR1 to init, stop-job, USR1 to its runner's worker, and a time limit; its worker continues", async () => {
    await using forker = await startIsolated({
      env: { FORKER_STOP_TIMEOUT: "200ms", FORKER_TIME_LIMITS: "many 300ms" },
    });
    const before = workerPids(await forker.status());
    const first = await forker.add("spins");
    await forker.began(first);
    forker.pid1.signal("SIGUSR1");
    assert.equal((await endOf(forker, first)).failedReason, "job stopped by SIGUSR1");
    const second = await forker.add("spins");
    await forker.began(second);
    await forker.subcommand("stop-job", "jobs", second);
    assert.equal((await endOf(forker, second)).failedReason, "job stopped by forker stop-job");
    const third = await forker.add("spins");
    await forker.began(third);
    forker.pid1.signalInner(before[0] ?? 0, "SIGUSR1");
    assert.equal((await endOf(forker, third)).failedReason, "job stopped by SIGUSR1");
    const fourth = await forker.add("spins", {}, "many");
    assert.match((await endOf(forker, fourth, "many")).failedReason, /time limit of 500ms/, "the hard limit");
    assert.deepEqual(workerPids(await forker.status()), before);
    await eventually(waitMs, "the end of their runners", async () => ((await gone(forker)) ? true : undefined));
  });

  test("is stopped by USR1 to its runner, if its event loop turns", async () => {
    await using forker = await startIsolated();
    const id = await forker.add("held");
    const { pid } = await forker.began(id);
    forker.pid1.signalInner(pid, "SIGUSR1");
    assert.equal((await endOf(forker, id)).failedReason, "job stopped by SIGUSR1");
  });

  test("is handed back by TERM, and by a drain that takes too long", async () => {
    for (const signal of ["SIGTERM", "SIGQUIT"] as const) {
      await using forker = await startIsolated({
        env: { FORKER_STOP_TIMEOUT: "200ms", FORKER_DRAIN_TIMEOUT: "300ms" },
      });
      const id = await forker.add("spins");
      await forker.began(id);
      forker.pid1.signal(signal);
      assert.equal(await forker.pid1.exitCode(waitMs), exitCodes.done.code);
      const job = await forker.queue().getJob(id);
      assert.equal(await job?.getState(), "waiting");
      assert.equal(job?.attemptsMade, 0);
    }
  });
});

async function gone(forker: Forker): Promise<boolean> {
  const ledger = await forker.ledger();
  const alive = forker.pid1.processes().filter(({ state }) => state !== "Z");
  return alive.every(({ pid }) => !ledger.some((entry) => entry.pid === pid));
}

describe("the worker of isolated jobs", () => {
  test("takes its runners with it when it dies, and its jobs run again", async () => {
    await using forker = await startIsolated();
    const [worker = 0] = workerPids(await forker.status());
    const id = await forker.add("deaf");
    const first = await forker.began(id);
    forker.pid1.signalInner(worker, "SIGKILL");
    const second = await forker.began(id, 2);
    assert.notEqual(second.pid, first.pid);
    assert.ok(
      !forker.pid1.processes().some(({ pid, state }) => pid === first.pid && state !== "Z"),
      "the first runner",
    );
    await forker.release(id);
    assert.equal((await endOf(forker, id)).returnvalue, "released");
  });

  test("finishes its isolated jobs in a reload, while its successor runs others", async () => {
    await using forker = await startIsolated();
    const old = await forker.add("held");
    await forker.began(old);
    forker.pid1.signal("SIGHUP");
    await forker.logged("activated generation", forker.log.length);
    await forker.release(old);
    assert.equal((await endOf(forker, old)).returnvalue, "released");
    await forker.reloaded(2);
    const { returnvalue } = await endOf(forker, await forker.add("quick"));
    assert.equal(returnvalue.count, 1);
    assert.equal(await forker.drained(), 0);
  });

  test("gets runners again when its template has died", async () => {
    await using forker = await startIsolated();
    const [template] = (await forker.status()).templates;
    forker.pid1.signalInner(template?.pid ?? 0, "SIGKILL");
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => forker.add("quick")));
    const pids = new Set<number>();
    for (const id of ids) pids.add((await endOf(forker, id)).returnvalue.pid);
    assert.equal(pids.size, 5);
  });
});

describe("isolation without a fork", () => {
  test("is refused with one clear line", async () => {
    await using forker = await Forker.start({
      file: "isolated.mjs",
      engine: "spawn",
      env: { FORKER_ISOLATION: "jobs" },
    });
    assert.equal(await forker.pid1.exitCode(waitMs), exitCodes.bootFailure.code);
    await forker.logged(/^FORKER_ISOLATION: expected workers that are forked, .*FORKER_ENGINE=spawn/);
  });
});
