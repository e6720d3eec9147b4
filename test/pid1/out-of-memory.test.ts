// A job uses all of the container's memory: the kernel kills its worker, and no other process is affected.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TestCgroup } from "../support/cgroup.ts";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { HealthProbe } from "../support/health.ts";

const skip = TestCgroup.missing("memory") ?? false;
const limitBytes = 500 << 20;
const text = "died of SIGKILL (out of memory: cgroup oom_kill)";

for (const engine of ["fork", "spawn"] as const) {
  describe(`out of memory, ${engine} engine`, { skip }, () => {
    test("a job is handed back twice and fails at the third death, each with the kernel's reason; PID 1 and the other worker continue", async () => {
      await using cgroup = new TestCgroup("memory");
      cgroup.limit(limitBytes);
      const probe = await HealthProbe.onFreePort();
      await using forker = await Forker.start({
        engine,
        workload: "jobs; other",
        env: probe.env,
        wrapper: cgroup.wrapper,
      });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("eats", { attempts: 5 });
      await eventually(
        60_000,
        "the job to fail",
        async () => (await forker.queue().getJobState(id)) === "failed",
      ).catch((cause: unknown) => {
        throw new Error(forker.pid1.transcript, { cause });
      });
      assert.equal((await forker.queue().getJob(id))?.failedReason, `the worker ${text}; 3 workers died with this job`);
      const deaths = forker.log.filter(
        ({ msg, outOfMemory }) => msg === "worker exited" && outOfMemory === "cgroup oom_kill",
      );
      assert.deepEqual(
        deaths.map(({ slot, level }) => [slot, level]),
        [
          [0, 50],
          [0, 50],
          [0, 50],
        ],
      );
      const handedBack = forker.log.filter(
        ({ msg, jobs }) => msg === "handed back jobs of a dead worker" && String(jobs) === `jobs:${id}`,
      );
      assert.equal(handedBack.length, 2);
      const after = await forker.ready();
      assert.equal(after.pid, 1);
      assert.equal(after.slots[1]?.workers[0]?.pid, before.slots[1]?.workers[0]?.pid);
      assert.deepEqual(
        [after.slots[0]?.lastDeath, after.slots[0]?.oomKills, after.slots[1]?.oomKills, after.oomKills],
        [text, 3, 0, 3],
      );
      assert.match(await forker.subcommand("status"), /slot 0 .*, its last crash: died of SIGKILL \(out of memory/);
      const metrics = await probe.metrics();
      assert.equal(metrics.get("forker_oom_kills_total"), 3);
      assert.equal(metrics.get('forker_worker_oom_kills_total{slot="0"}'), 3);
      // Killed by the test, not by the OOM killer.
      forker.pid1.signalInner(after.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await eventually(60_000, "a plain death", () =>
        forker.log.some(
          ({ msg, signal, outOfMemory }) =>
            msg === "worker exited" && signal === "SIGKILL" && outOfMemory === undefined,
        ),
      );
      await forker.finished(await forker.add("quick"));
      assert.equal(await forker.drained(), 0);
    });

    test("the kernel's kill of a job's own child process is reported too, and its worker is left alone", async () => {
      await using cgroup = new TestCgroup("memory");
      cgroup.limit(limitBytes);
      await using forker = await Forker.start({ engine, workload: "jobs", wrapper: cgroup.wrapper });
      const before = await forker.ready();
      await forker.finished(await forker.add("child eats"));
      await forker.logged("OOM killer killed processes that forker did not start");
      const after = await forker.status();
      // Linux, oom_reap_task() in mm/oom_kill.c: if the kernel cannot take the memory of a killed process for a second, it kills another
      // one, which happens on a busy machine.
      if (after.oomKills === 0) assert.equal(after.slots[0]?.workers[0]?.pid, before.slots[0]?.workers[0]?.pid);
      else assert.equal(after.slots[0]?.lastDeath, text);
    });
  });
}
