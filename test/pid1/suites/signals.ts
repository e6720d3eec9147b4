import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/config/settings.ts";
import { forwardedSignals } from "../../../src/signals/signal-table.ts";
import { eventually } from "../../support/deadline.ts";
import { Forker } from "../../support/forker.ts";
import { assertHandedBack } from "../../support/job-ends.ts";

export function signalsSuite(engine: Settings["engine"]): void {
  describe(`signals to init, ${engine} engine`, () => {
    test("QUIT lets the running job finish and leaves the waiting one, and init exits with 0", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      await forker.ready();
      const running = await forker.add("held");
      await forker.began(running);
      const waiting = await forker.add("quick");
      forker.pid1.signal("SIGQUIT");
      await forker.loggedWith("sent order to worker", { order: "drain" });
      await forker.release(running);
      assert.equal(await forker.pid1.exitCode(), 0);
      assert.deepEqual(
        (await forker.ledger()).map(({ id, what }) => [id, what]),
        [
          [running, "began"],
          [running, "ended"],
        ],
      );
      assert.equal(await forker.queue().getJobState(waiting), "waiting");
    });

    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      test(`${signal} aborts the job and hands it back, and init exits with 0`, async () => {
        await using forker = await Forker.start({ engine, workload: "jobs" });
        await forker.ready();
        const id = await forker.add("held");
        await forker.began(id);
        forker.pid1.signal(signal);
        assert.equal(await forker.pid1.exitCode(), 0);
        await assertHandedBack(forker, id);
      });
    }

    test("USR1 fails the running jobs, keeps the workers, and opens no inspector", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      const id = await forker.add("held", { attempts: 5 });
      await forker.began(id);
      forker.pid1.signal("SIGUSR1");
      await eventually(60_000, "the job to fail", async () => (await forker.queue().getJobState(id)) === "failed");
      assert.match((await forker.queue().getJob(id))?.failedReason ?? "", /stopped/i);
      assert.equal((await forker.ready()).slots[0]?.workers[0]?.pid, before.slots[0]?.workers[0]?.pid);
      assert.doesNotMatch(forker.pid1.transcript, /Debugger listening/);
    });

    test("a signal that neither forker nor the application listens for harms no process", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      const before = await forker.ready();
      for (const signal of forwardedSignals) {
        forker.pid1.signal(signal);
        await forker.loggedWith("received order", { order: "forward", signal });
      }
      await forker.finished(await forker.add("quick"));
      const after = await forker.ready();
      const pids = ({ slots }: typeof before) => slots.map((slot) => slot.workers.map((worker) => worker.pid));
      assert.deepEqual(pids(after), pids(before));
    });

    test("a signal without a meaning for forker reaches the application in every worker", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      await forker.ready();
      forker.pid1.signal("SIGWINCH");
      await eventually(60_000, "both workers to hear it", async () => (await forker.client.llen("winch")) === 2);
    });
  });

  describe(`signals to one worker, ${engine} engine`, () => {
    for (const signal of ["SIGQUIT", "SIGHUP", "SIGTERM", "SIGINT", "SIGKILL"] as const) {
      test(`${signal} ends that worker: its slot gets another, and its neighbour stays`, async () => {
        await using forker = await Forker.start({ engine, workload: "jobs x2" });
        const before = await forker.ready();
        const [first, second] = before.slots.map((slot) => slot.workers[0]?.pid ?? 0);
        forker.pid1.signalInner(first ?? 0, signal);
        const after = await forker.until(
          "another worker",
          (status) => status.ready && status.slots[0]?.workers[0]?.pid !== first,
        );
        assert.equal(after.slots[1]?.workers[0]?.pid, second);
        await forker.finished(await forker.add("quick"));
      });
    }

    test("XFSZ and POLL do nothing, and KILL to the process group of a job ends that worker alone", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      await forker.ready();
      const beside = await forker.add("held");
      const { pid } = await forker.began(beside);
      for (const signal of ["SIGXFSZ", "SIGPOLL"] as const) forker.pid1.signalInner(pid, signal);
      const id = await forker.add("kills its group");
      await forker.loggedWith("worker exited", { signal: "SIGKILL" });
      await forker.release(beside);
      await forker.finished(beside);
      assert.equal((await forker.ledger()).filter((entry) => entry.id === beside).length, 2);
      assert.deepEqual(
        forker.log.filter(({ msg }) => msg === "worker exits unexpectedly"),
        [],
      );
      assert.notEqual((await forker.began(id)).pid, pid);
    });
  });
}
