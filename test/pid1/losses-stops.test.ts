import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Forker } from "../support/forker.ts";
import { completed, ended } from "../support/job-ends.ts";

describe("nothing is lost", () => {
  test("when USR1 ends a job that blocks its event loop: its worker is replaced", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    await forker.logged("keeper ready");
    const id = await forker.add("spins", { attempts: 3 });
    await forker.began(id);
    forker.pid1.signal("SIGUSR1");
    await ended(forker, id, "failed");
    const job = await forker.queue().getJob(id);
    assert.equal(job?.failedReason, "job stopped by SIGUSR1");
    await forker.finished(await forker.add("quick"));
    assert.equal((await forker.ledger()).filter((entry) => entry.id === id).length, 1);
    assert.equal(await forker.drained(), 0);
  });

  test("when a blocked worker is signalled by its pid: USR1 ends its job, TERM hands it back, and its neighbour stays", async () => {
    await using forker = await Forker.start({ workload: "jobs x2" });
    await forker.ready();
    await forker.logged("keeper ready");
    const neighbour = await forker.add("held");
    await forker.began(neighbour);
    const stopped = await forker.add("spins", { attempts: 3 });
    forker.pid1.signalInner((await forker.began(stopped)).pid, "SIGUSR1");
    await ended(forker, stopped, "failed");
    assert.equal((await forker.queue().getJob(stopped))?.failedReason, "job stopped by SIGUSR1");
    const returned = await forker.add("spins");
    forker.pid1.signalInner((await forker.began(returned)).pid, "SIGTERM");
    const { pid } = await forker.began(returned, 2);
    const job = await forker.queue().getJob(returned);
    assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [0, 0]);
    forker.pid1.signalInner(pid, "SIGUSR1");
    await ended(forker, returned, "failed");
    await forker.release(neighbour);
    await completed(forker, neighbour);
    assert.equal((await forker.ledger()).filter(({ id }) => id === neighbour).length, 2);
    assert.equal(await forker.drained(), 0);
  });

  test("when a job blocks its worker as soon as TERM or USR1 to the worker's pid stops it", async () => {
    for (const signal of ["SIGTERM", "SIGUSR1"] as const) {
      await using forker = await Forker.start({ workload: "jobs", env: { FORKER_STOP_TIMEOUT: "100ms" } });
      await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("spins when it stops");
      forker.pid1.signalInner((await forker.began(id)).pid, signal);
      if (signal === "SIGTERM") await forker.began(id, 2);
      else await ended(forker, id, "failed");
    }
  });

  test("when timers run after TERM to a worker's pid, and one of them blocks before the worker can act on it", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { FORKER_STOP_TIMEOUT: "4s" } });
    await forker.ready();
    await forker.logged("keeper ready");
    const id = await forker.add("spins from a timer");
    forker.pid1.signalInner((await forker.began(id)).pid, "SIGTERM");
    await forker.began(id, 2);
    const reason = "it received a signal to stop, and its event loop is blocked";
    await forker.loggedWith("sent SIGKILL to worker", { reason });
  });

  test("when TERM follows USR1 to a worker's pid, and the job blocks: it gets the outcome of USR1", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { FORKER_STOP_TIMEOUT: "1s" } });
    await forker.ready();
    await forker.logged("keeper ready");
    const id = await forker.add("spins when it stops");
    const { pid } = await forker.began(id);
    forker.pid1.signalInner(pid, "SIGUSR1");
    await forker.loggedWith("received signal", { signal: "SIGUSR1" });
    forker.pid1.signalInner(pid, "SIGTERM");
    await ended(forker, id, "failed");
    assert.equal((await forker.queue().getJob(id))?.failedReason, "job stopped by SIGUSR1");
  });

  test("when a job is being stopped: it is handed back or retried, if that was requested", async () => {
    for (const stopped of ["handback", "retry"]) {
      await using forker = await Forker.start({ workload: "jobs", env: { FORKER_STOPPED_JOBS: stopped } });
      await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("spins", { attempts: 3 });
      await forker.began(id);
      forker.pid1.signal("SIGUSR1");
      await forker.began(id, 2);
      const job = await forker.queue().getJob(id);
      assert.equal(job?.attemptsMade, stopped === "retry" ? 1 : 0, stopped);
    }
  });

  test("when stop-job stops a job, even one that blocks its event loop: no other job is stopped", async () => {
    await using forker = await Forker.start({ workload: "jobs x3" });
    await forker.ready();
    await forker.logged("keeper ready");
    const [obeys, spins, other] = [await forker.add("held"), await forker.add("spins"), await forker.add("held")];
    for (const id of [obeys, spins, other]) await forker.began(id);
    assert.equal(await forker.subcommand("stop-job", "jobs", obeys), `stopped jobs:${obeys}\n`);
    assert.equal(await forker.subcommand("stop-job", "jobs", spins), `stopped jobs:${spins}\n`);
    for (const id of [obeys, spins]) await ended(forker, id, "failed");
    assert.equal((await forker.queue().getJob(spins))?.failedReason, "job stopped by forker stop-job");
    await assert.rejects(forker.subcommand("stop-job", "jobs", obeys), { code: 68 });
    await forker.queue().add("held", {}, { jobId: "-vip" });
    await forker.began("-vip");
    assert.equal(await forker.subcommand("stop-job", "jobs", "-vip"), "stopped jobs:-vip\n");
    await forker.release(other);
    await ended(forker, other, "completed");
  });

  test("when a job passes its time limit: it fails whether it obeys, ignores its signal, or blocks", async () => {
    const env = { FORKER_TIME_LIMITS: "jobs 500ms/1s" };
    await using forker = await Forker.start({ workload: "jobs x3", env });
    await forker.ready();
    await forker.logged("keeper ready");
    const ids = [await forker.add("held"), await forker.add("deaf"), await forker.add("spins", { attempts: 2 })];
    for (const id of ids) await ended(forker, id, "failed");
    for (const id of ids) {
      const job = await forker.queue().getJob(id);
      assert.match(job?.failedReason ?? "", /^job ran for longer than its time limit of (500ms|1s)$/);
      assert.equal(job?.attemptsMade, id === ids[2] ? 2 : 1);
    }
    await forker.finished(await forker.add("quick"));
    assert.equal(await forker.drained(), 0);
  });

  test("when a job fails with its worker at the hard limit: it is counted", async () => {
    const env = { FORKER_TIME_LIMITS: "jobs 500ms/1s" };
    await using forker = await Forker.start({ workload: "jobs", env });
    await forker.ready();
    await ended(forker, await forker.add("deaf"), "failed");
    await forker.finished(await forker.add("quick"));
    assert.equal((await forker.status()).totals.failed, 1);
  });
});
