import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { completed, ended } from "../support/job-ends.ts";

describe("nothing is lost", () => {
  test("when a prioritized job is handed back: it keeps its place, and an idle worker learns of it", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    const before = await forker.ready();
    await forker.logged("keeper ready");
    const id = await forker.add("held", { priority: 5 });
    await forker.began(id);
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
    assert.equal((await forker.queue().getJob(id))?.priority, 5);
    await forker.began(id, 2);
  });

  test("when a job cannot be read: it fails with the reason and harms no other", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    forker.pid1.signal("SIGUSR2");
    await forker.until("suspension", ({ slots }) => slots[0]?.workers[0]?.mode === "suspended");
    const innocent = [await forker.add("quick")];
    const broken = new Map<string, string>();
    for (const field of ["data", "opts", "progress", "parent"]) {
      const id = await forker.add("quick");
      await forker.client.hset(`bull:jobs:${id}`, field, '{"x": NaN}');
      broken.set(id, field);
      innocent.push(await forker.add("quick"));
    }
    forker.pid1.signal("SIGCONT");
    for (const [id, field] of broken) {
      // The worker takes the job together with the one before it, as the next of the same step, or by itself.
      await eventually(60_000, `the job without ${field} to fail`, async () => {
        const reason = await forker.client.hget(`bull:jobs:${id}`, "failedReason");
        return reason === `the job's ${field} cannot be read: it is not JSON`;
      });
    }
    for (const id of innocent) await completed(forker, id);
    assert.deepEqual(await forker.client.lrange("bull:jobs:active", 0, -1), []);
    assert.equal(await forker.drained(), 0);
  });

  test("when a job kills its worker: the other jobs of that worker are affected once, and not again", async () => {
    await using forker = await Forker.start({ workload: "jobs @4" });
    await forker.ready();
    await forker.logged("keeper ready");
    const beside = await Promise.all([0, 1, 2].map(() => forker.add("held")));
    for (const id of beside) await forker.began(id);
    const poison = await forker.add("exits");
    await forker.logged("handed back jobs of a dead worker");
    for (const id of beside) await forker.release(id);
    await ended(forker, poison, "failed");
    for (const id of beside) await completed(forker, id);
    const entries = await forker.ledger();
    const begun = (id: string) => entries.filter((entry) => entry.id === id && entry.what === "began").length;
    assert.deepEqual([...beside, poison].map(begun), [2, 2, 2, 3]);
    assert.equal(await forker.drained(), 0);
  });

  test("when a job blocks its event loop for longer than its lock: it runs once", async () => {
    await using forker = await Forker.start({
      workload: "jobs x2",
      env: { FORKER_LOCK_DURATION: "2s" },
    });
    await forker.ready();
    await forker.logged("keeper ready");
    const id = await forker.add("blocks");
    await forker.finished(id);
    await completed(forker, id);
    const entries = await forker.ledger();
    assert.deepEqual(
      entries.map(({ what }) => what),
      ["began", "ended"],
    );
    assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
  });

  test("when a worker is killed: what it did up to that moment is counted", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    const before = await forker.ready();
    const pid = before.slots[0]?.workers[0]?.pid ?? 0;
    const ids = await Promise.all(Array.from({ length: 20 }, async () => await forker.add("quick")));
    const held = await forker.add("spins");
    await forker.began(held);
    const { slots } = await forker.until("the job that blocks the worker", (status) =>
      Boolean(status.slots[0]?.workers[0]?.holding.some(({ id }) => id === held)),
    );
    assert.equal(slots[0]?.finished, ids.length);
    forker.pid1.signalInner(pid, "SIGKILL");
    await forker.loggedWith("handed back jobs of a dead worker", { jobs: new RegExp(`jobs:${held}\\b`) });
    const { totals } = await forker.status();
    assert.equal(totals.finished, ids.length);
  });

  test("when a worker ends before Redis has answered it: the job that Redis gave it is found", async () => {
    await using forker = await Forker.start({ workload: "jobs", withProxy: true });
    const before = await forker.ready();
    await forker.logged("keeper ready");
    const { promise: during, resolve: letGo } = Promise.withResolvers<void>();
    forker.proxy?.loseAnswerTo("lockDuration", () => void forker.proxy?.refuse(() => during));
    const id = await forker.add("quick");
    await forker.pid1.until("the answer to be lost", () => forker.proxy?.hasLost);
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGTERM");
    await forker.logged("worker exited");
    letGo();
    await forker.finished(id);
    await completed(forker, id);
    assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
  });

  test("when Redis is away at a worker's death: its job is handed back when Redis returns", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    const before = await forker.ready();
    await forker.logged("keeper ready");
    const id = await forker.add("held");
    await forker.began(id);
    await forker.client.save();
    await forker.redis.kill();
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
    await forker.loggedWith("worker exited", { signal: "SIGKILL" });
    await forker.redis.start();
    await forker.began(id, 2);
  });
});
