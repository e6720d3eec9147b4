import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/config/settings.ts";
import { Forker } from "../../support/forker.ts";
import { completed, ended } from "../../support/job-ends.ts";

export function lossesSuite(engine: Settings["engine"]): void {
  describe(`nothing is lost, ${engine} engine`, () => {
    test("when a worker is killed: another runs its job at no cost to its attempts, and every job is accounted for", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.loggedWith("handed back jobs of a dead worker", { jobs: new RegExp(`jobs:${id}\\b`) });
      await forker.began(id, 2);
      await forker.release(id);
      await forker.finished(id);
      await completed(forker, id);
      const job = await forker.queue().getJob(id);
      assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [1, 0]);
      assert.equal(await forker.drained(), 0);
    });

    test("when a job kills its workers: it fails with the reason at the third death", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("exits", { attempts: 10 });
      await ended(forker, id, "failed");
      const job = await forker.queue().getJob(id);
      assert.equal(job?.failedReason, "the worker ended with exit code 9; 3 workers died with this job");
      await forker.loggedWith("failed jobs of a dead worker", { jobs: new RegExp(`jobs:${id}\\b`) });
      await forker.finished(await forker.add("quick"));
      assert.equal(await forker.drained(), 0);
    });

    test("when a forker is killed as a whole: the next one on its host hands back its jobs at no cost", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      // The kernel closes the sockets of PID 1 before it kills the others: a worker that notices might hand its job back itself.
      const ids = [await forker.add("deaf"), await forker.add("deaf")];
      for (const id of ids) await forker.began(id);
      await forker.killedAndStartedAgain();
      await forker.logged("handed back orphaned jobs of an earlier instance");
      for (const id of ids) {
        await forker.began(id, 2);
        const job = await forker.queue().getJob(id);
        assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [0, 0]);
        await forker.release(id);
        await completed(forker, id);
      }
      assert.equal(await forker.drained(), 0);
    });

    test("when a processor ignores its signal: its job starts elsewhere only after its process has nothing left to do", async () => {
      const env = { FORKER_STOPPED_JOBS: "handback", FORKER_STOP_TIMEOUT: "500ms", TEST_SLOW_TEARDOWN: "1000" };
      await using forker = await Forker.start({ engine, workload: "jobs x2", env });
      await forker.ready();
      const id = await forker.add("deaf");
      const { pid } = await forker.began(id);
      forker.pid1.signalInner(pid, "SIGUSR1");
      await forker.began(id, 2);
      assert.deepEqual(await forker.client.lrange("torn-down", 0, -1), [String(pid)]);
      await forker.release(id);
      await completed(forker, id);
      assert.equal(await forker.drained(), 0);
    });
  });
}
