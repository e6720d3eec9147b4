import assert from "node:assert/strict";
import type { Queue } from "bullmq";
import { eventually } from "../support/deadline.ts";
import type { Scene } from "./scene.ts";

const waitMs = 30_000;
const plainJobs = 20;
const delayMs = 300;
/** BullMQ's stalled check would return a job after its lock has expired, which takes 30 s and more. */
const recoveryMs = 10_000;

/** Each check is a column of the table. Its text is what the table shows; what it throws is why it failed. */
export type Checks = Readonly<Record<string, (scene: Scene, work: Queue) => Promise<string>>>;

export const checks: Checks = {
  async plain(scene, work) {
    const ids = Array.from({ length: plainJobs }, (_, number) => `plain${number}`);
    for (const [number, jobId] of ids.entries()) await work.add("plain", { number }, { jobId });
    for (const [number, jobId] of ids.entries()) {
      assert.equal((await scene.reached(work, jobId, "completed")).returnvalue, number * 2);
      assert.equal((await scene.starts(jobId)).length, 1);
    }
    return `${plainJobs}`;
  },

  async delayed(scene, work) {
    for (const jobId of ["late0", "late1", "late2"]) await work.add("plain", { number: 1 }, { jobId, delay: delayMs });
    for (const jobId of ["late0", "late1", "late2"]) {
      const { timestamp } = await scene.reached(work, jobId, "completed");
      const [began] = await scene.starts(jobId);
      assert.ok((began?.at ?? 0) >= timestamp + delayMs, "it began too early");
    }
    return "3";
  },

  async prioritized(scene) {
    const ordered = scene.queue("ordered");
    await scene.hold(ordered, "gate");
    const priorities = [3, 1, 2];
    for (const priority of priorities)
      await ordered.add("plain", { number: priority }, { jobId: `priority${priority}`, priority });
    await scene.release("gate");
    for (const priority of priorities) await scene.reached(ordered, `priority${priority}`, "completed");
    const began = (await scene.ledger()).filter(({ id, what }) => id.startsWith("priority") && what === "began");
    assert.deepEqual(
      began.map(({ id }) => id),
      ["priority1", "priority2", "priority3"],
    );
    return "3";
  },

  async retried(scene, work) {
    const backoff = { type: "fixed", delay: 50 };
    await work.add("retried", {}, { jobId: "retried", attempts: 3, backoff });
    await work.add("fails", {}, { jobId: "fails", attempts: 2 });
    const retried = await scene.reached(work, "retried", "completed");
    assert.deepEqual([retried.returnvalue, retried.attemptsMade], ["at last", 3]);
    const failed = await scene.reached(work, "fails", "failed");
    assert.deepEqual([failed.failedReason, failed.attemptsMade], ["as asked", 2]);
    return "3 + 2 attempts";
  },

  async flow(scene, work) {
    const child = (number: number) => ({
      name: "child",
      queueName: "work",
      data: { number },
      opts: { jobId: `child${number}` },
    });
    await scene
      .flows()
      .add({ name: "parent", queueName: "work", opts: { jobId: "parent" }, children: [child(1), child(2)] });
    assert.equal((await scene.reached(work, "parent", "completed")).returnvalue, 3);
    return "1 + 2 children";
  },

  async crash(scene, work) {
    const { pid } = await scene.hold(work, "crash");
    const killedAt = Date.now();
    scene.pid1.signalInner(pid, "SIGKILL");
    const again = await scene.began("crash", 2);
    assert.ok(again.at - killedAt < recoveryMs, `it began again only after ${again.at - killedAt} ms`);
    await scene.release("crash");
    assert.equal((await scene.reached(work, "crash", "completed")).attemptsMade, 1);
    return `${again.at - killedAt} ms`;
  },

  /** The keeper puts a job into a paused queue, where version 5 and version 6 have it in different places. */
  async "crash while paused"(scene, work) {
    const { pid } = await scene.hold(work, "crashPaused");
    await work.pause();
    await work.add("plain", { number: 1 }, { jobId: "waitsPaused" });
    scene.pid1.signalInner(pid, "SIGKILL");
    await eventually(waitMs, "crashPaused handed back", async () => (await work.getActiveCount()) === 0);
    await scene.release("crashPaused");
    await work.resume();
    for (const jobId of ["crashPaused", "waitsPaused"]) await scene.reached(work, jobId, "completed");
    return "none lost";
  },

  async "hand back"(scene, work) {
    await scene.hold(work, "handBack");
    await scene.hold(scene.queue("ordered"), "handBackUrgent", { priority: 2 });
    assert.equal(await scene.end("SIGTERM"), 0);
    assert.equal(await work.getActiveCount(), 0);
    for (const jobId of ["handBack", "handBackUrgent"]) await scene.release(jobId);
    await scene.start();
    assert.equal((await scene.reached(work, "handBack", "completed")).attemptsMade, 1);
    assert.equal((await scene.reached(scene.queue("ordered"), "handBackUrgent", "completed")).attemptsMade, 1);
    return "2";
  },

  async drain(scene, work) {
    await scene.hold(work, "drained");
    const ordered = scene.queue("ordered");
    await scene.hold(ordered, "drainedToo");
    await ordered.add("plain", { number: 1 }, { jobId: "stays" });
    const isDraining = async () => {
      await scene.draining();
      for (const jobId of ["drained", "drainedToo"]) await scene.release(jobId);
    };
    assert.equal(await scene.end("SIGQUIT", isDraining), 0);
    for (const [queue, jobId] of [
      [work, "drained"],
      [ordered, "drainedToo"],
    ] as const)
      assert.equal(await (await queue.getJob(jobId))?.getState(), "completed");
    assert.equal(await (await ordered.getJob("stays"))?.getState(), "waiting");
    assert.deepEqual(await scene.starts("stays"), []);
    return "2, none taken";
  },
};
