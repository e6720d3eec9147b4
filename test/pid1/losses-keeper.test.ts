import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Forker } from "../support/forker.ts";
import { completed } from "../support/job-ends.ts";

describe("nothing is lost", () => {
  test("when a keeper is killed during a drain: it is replaced, and a job that blocks its worker keeps its lock", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    const { keeperPid } = await forker.logged("keeper ready");
    const id = await forker.add("spins");
    await forker.began(id);
    forker.pid1.signal("SIGQUIT");
    await forker.loggedWith("received order", { order: "drain" });
    const from = forker.log.length;
    forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
    await forker.loggedWith("keeper exited", { keeperPid }, from);
    // Less than half of its 30 s, so the renewal is due, and more than the next keeper needs to start on a busy machine.
    const lock = `bull:jobs:${id}:lock`;
    const leftMs = 14_000;
    assert.equal(await forker.client.pexpire(lock, leftMs), 1);
    await forker.logged("keeper ready", from);
    assert.equal((await forker.logged("renewed the lock of a busy worker", from))["job"], id);
    assert.ok((await forker.client.pttl(lock)) > leftMs);
    forker.pid1.signal("SIGTERM");
    forker.pid1.signal("SIGTERM");
  });

  test("when a keeper is killed: it is replaced, and its successor hands back what is due by then", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    const before = await forker.ready();
    const { keeperPid } = await forker.logged("keeper ready");
    const id = await forker.add("held");
    await forker.began(id);
    forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
    await forker.began(id, 2);
  });

  test("when a keeper is stopped: it is replaced, and its successor hands back", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    const before = await forker.ready();
    const { keeperPid } = await forker.logged("keeper ready");
    const id = await forker.add("held");
    await forker.began(id);
    const from = forker.log.length;
    forker.pid1.signalInner(Number(keeperPid), "SIGSTOP");
    await forker.loggedWith("sent SIGKILL to keeper", { reason: "it no longer reports that it is alive" }, from);
    const successor = await forker.logged("keeper ready", from);
    assert.notEqual(successor.keeperPid, keeperPid);
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
    await forker.began(id, 2);
  });

  test("when the connection breaks before Redis's answer with a job arrives: the job still runs, once", async () => {
    await using forker = await Forker.start({ workload: "jobs", withProxy: true });
    await forker.ready();
    forker.proxy?.loseAnswerTo("lockDuration");
    const id = await forker.add("quick");
    await forker.finished(id);
    assert.equal(forker.proxy?.hasLost, true);
    await completed(forker, id);
    assert.equal((await forker.ledger()).length, 2);
    assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
    assert.equal(await forker.drained(), 0);
  });

  test("when the lost answer completes a job and brings the next one: both run once", async () => {
    await using forker = await Forker.start({ workload: "jobs", withProxy: true });
    await forker.ready();
    const first = await forker.add("held");
    await forker.began(first);
    const second = await forker.add("quick");
    forker.proxy?.loseAnswerTo("lockDuration");
    await forker.release(first);
    await forker.finished(second);
    assert.equal(forker.proxy?.hasLost, true);
    await completed(forker, first);
    await completed(forker, second);
    assert.equal((await forker.ledger()).length, 4);
    assert.equal(await forker.drained(), 0);
  });
});
