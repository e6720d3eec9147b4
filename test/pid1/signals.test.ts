// What does not depend on the engine. suites/signals.ts has the rest.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { assertHandedBack } from "../support/job-ends.ts";

describe("signals to init", () => {
  test("QUIT past FORKER_DRAIN_TIMEOUT hands back the rest at no cost and names it, and init exits with 0", async () => {
    await using forker = await Forker.start({
      workload: "jobs",
      env: { FORKER_DRAIN_TIMEOUT: "200ms", FORKER_STOP_TIMEOUT: "100ms" },
    });
    await forker.ready();
    const id = await forker.add("deaf");
    await forker.began(id);
    assert.equal(await forker.drained(), 0);
    await assertHandedBack(forker, id);
    assert.deepEqual((await forker.logged("init exits"))["handedBackJobs"], [`jobs:${id}`]);
  });

  test("TERM after QUIT joins the drain, and a second TERM stops at once", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    const id = await forker.add("held");
    await forker.began(id);
    forker.pid1.signal("SIGQUIT");
    await forker.loggedWith("sent order to worker", { order: "drain" });
    forker.pid1.signal("SIGTERM");
    await forker.loggedWith("received signals", { signals: /SIGTERM/ });
    assert.equal((await forker.status()).phase, "draining");
    assert.equal(await forker.queue().getJobState(id), "active");
    forker.pid1.signal("SIGTERM");
    assert.equal(await forker.pid1.exitCode(), 0);
    await assertHandedBack(forker, id);
  });

  test("USR1 fails a job that ignores it, and its worker is replaced", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { FORKER_STOP_TIMEOUT: "200ms" } });
    const before = await forker.ready();
    const id = await forker.add("deaf");
    await forker.began(id);
    forker.pid1.signal("SIGUSR1");
    await eventually(60_000, "the job to fail", async () => (await forker.queue().getJobState(id)) === "failed");
    const old = before.slots[0]?.workers[0]?.pid;
    await forker.until("another worker", (status) => status.ready && status.slots[0]?.workers[0]?.pid !== old);
  });

  test("USR2 stops the taking of jobs until CONT, across a crash and a reload, and status shows it", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    forker.pid1.signal("SIGUSR2");
    const suspended = await forker.until("suspended", (status) => status.slots[0]?.workers[0]?.mode === "suspended");
    const id = await forker.add("quick");
    forker.pid1.signalInner(suspended.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
    await forker.loggedWith("worker exited", { signal: "SIGKILL" });
    forker.pid1.signal("SIGHUP");
    const status = await forker.until(
      "reloaded",
      ({ slots, reloading, generation }) =>
        generation === 2 &&
        !reloading &&
        slots[0]?.workers.length === 1 &&
        slots[0].workers[0]?.generation === 2 &&
        slots[0].workers[0].mode === "suspended",
    );
    assert.equal(status.suspended, true);
    assert.equal(await forker.queue().getJobState(id), "waiting");
    forker.pid1.signal("SIGCONT");
    await forker.finished(id);
  });

  test("TTIN adds one worker, and TTOU removes one", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    forker.pid1.signal("SIGTTIN");
    await forker.until("two workers", (status) => status.slots.length === 2 && status.ready);
    forker.pid1.signal("SIGTTOU");
    await forker.until("one worker", (status) => status.slots.length === 1 && status.ready);
  });

  test("TTIN and TTOU mean the same when init has a terminal, whose own TTOU it blocks", async () => {
    const wrapper = ["sh", "-c", 'exec script -qec "$*" /dev/null', "sh"];
    const env = { FORKER_LOG_FORMAT: "json" };
    await using forker = await Forker.start({ workload: "jobs", wrapper, env });
    const { pid } = await forker.ready();
    forker.pid1.signalInner(pid, "SIGTTIN");
    await forker.until("two workers", (status) => status.slots.length === 2 && status.ready);
    forker.pid1.signalInner(pid, "SIGTTOU");
    await forker.until("one worker", (status) => status.slots.length === 1 && status.ready);
  });
});

describe("signals to one worker", () => {
  test("TERM hands back the worker's job, and another worker runs it", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    const before = await forker.ready();
    const id = await forker.add("held");
    await forker.began(id);
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGTERM");
    await forker.began(id, 2);
    await forker.release(id);
    await eventually(60_000, "the job to complete", async () => (await forker.queue().getJobState(id)) === "completed");
    assert.equal((await forker.queue().getJob(id))?.attemptsMade, 1);
  });

  test("USR2 suspends that worker alone, and its successor, until CONT", async () => {
    await using forker = await Forker.start({ workload: "jobs; other" });
    const before = await forker.ready();
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGUSR2");
    const modes = (status: typeof before) => status.slots.map((slot) => slot.workers[0]?.mode);
    await forker.until(
      "slot 0 suspended",
      (status) => modes(status)[0] === "suspended" && modes(status)[1] === "taking",
    );
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
    await forker.loggedWith("worker exited", { signal: "SIGKILL" });
    const after = await forker.until("its successor suspended", (status) => modes(status)[0] === "suspended");
    assert.notEqual(after.slots[0]?.workers[0]?.pid, before.slots[0]?.workers[0]?.pid);
    forker.pid1.signalInner(after.slots[0]?.workers[0]?.pid ?? 0, "SIGCONT");
    await forker.until("slot 0 taking", (status) => modes(status)[0] === "taking");
  });
});
