import assert from "node:assert/strict";
import type { Checks } from "./checks.ts";

/** BullMQ's stalled check would return a job after its lock has expired, which takes 30 s and more. */
const recoveryMs = 10_000;

/** The same for an application with Workers of its own. */
export const adoptionChecks: Checks = {
  async adoption(scene, work) {
    const other = scene.queue("other");
    await work.add("plain", { number: 21 }, { jobId: "adopted" });
    assert.equal((await scene.reached(work, "adopted", "completed")).returnvalue, 42);
    await scene.noted("adopted", "completed");

    const call = async (method: string) => {
      await work.add("call", { method }, { jobId: method });
      await scene.reached(work, method, "completed");
    };
    await call("pause");
    await other.add("plain", { number: 1 }, { jobId: "paused" });
    await work.add("plain", { number: 1 }, { jobId: "meanwhile" });
    await scene.reached(work, "meanwhile", "completed");
    assert.deepEqual(await scene.starts("paused"), []);
    await call("resume");
    await scene.reached(other, "paused", "completed");

    const { pid } = await scene.hold(work, "killed");
    const killedAt = Date.now();
    scene.pid1.signalInner(pid, "SIGKILL");
    const again = await scene.began("killed", 2);
    assert.ok(again.at - killedAt < recoveryMs, `it began again only after ${again.at - killedAt} ms`);
    await scene.release("killed");
    assert.equal((await scene.reached(work, "killed", "completed")).attemptsMade, 1);

    await call("close");
    await scene.hold(work, "drained");
    const isDraining = async () => {
      await scene.draining();
      await work.add("plain", { number: 1 }, { jobId: "stays" });
      await scene.release("drained");
    };
    assert.equal(await scene.end("SIGQUIT", isDraining), 0);
    assert.equal(await (await work.getJob("drained"))?.getState(), "completed");
    assert.equal(await (await work.getJob("stays"))?.getState(), "waiting");
    return `${again.at - killedAt} ms, 1 drained`;
  },
};
