// The container's limit of processes and threads is reached: init retries what cannot be started, and PID 1 continues.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { TestCgroup } from "../support/cgroup.ts";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { HealthProbe } from "../support/health.ts";

const skip = TestCgroup.missing("pids") ?? false;

/** Starts processes whenever there is room, until there is none. */
const greedy = `
const { spawn } = require("node:child_process");
const take = () => {
  for (let more = true; more; ) {
    const child = spawn("sleep", ["1000"], { stdio: "ignore" });
    child.on("error", () => {});
    more = child.pid !== undefined;
  }
  setImmediate(take);
};
process.stdin.once("data", take);
process.stdin.on("end", () => process.exit());
`;

for (const engine of ["fork", "spawn"] as const) {
  describe(`at the pids limit, ${engine} engine`, { skip }, () => {
    test("init retries a worker that cannot start, names pids.max in log and status, and answers health and status", async () => {
      await using cgroup = new TestCgroup("pids");
      const probe = await HealthProbe.onFreePort();
      await using forker = await Forker.start({
        engine,
        workload: "jobs; other",
        env: { ...probe.env, FORKER_BOOT_TIMEOUT: "10s" },
        wrapper: cgroup.wrapper,
      });
      // No `status` was requested before: the first answer needs threads in init, and there is no room for new ones then.
      await probe.shows("200 200 200", forker);
      const [first, second] = (await probe.verdict("/readyz")).slots;
      await forker.logged("keeper ready");
      // After the worker has ended: room for one more process but none of its threads, or for no process at all.
      forker.pid1.signalInner(first?.pid ?? 0, "SIGSTOP");
      const { outerPid } = forker.pid1.processes().find(({ pid }) => pid === first?.pid) ?? {};
      const without = Number(cgroup.read("pids.current")) - readdirSync(`/proc/${outerPid}/task`).length;
      cgroup.limit(engine === "spawn" ? without + 1 : without);
      forker.pid1.signalInner(first?.pid ?? 0, "SIGKILL");
      // A fork is refused as a whole. A spawned process starts without its threads, and aborts or hangs.
      const said =
        engine === "fork"
          ? /^failed to fork worker .*EAGAIN.*\(pids\.max is /
          : /^(?:kernel refused a process or thread|worker exited) pids\.max is \d+: /;
      await forker.pid1.logged(
        ({ msg, cause, threadRefusal }) => said.test(`${String(msg)} ${String(threadRefusal ?? cause)}`),
        0,
        60_000,
      );
      if (engine === "fork")
        assert.match((await forker.status()).slots[0]?.lastDeath ?? "", /raise the container's pids limit/);
      assert.equal((await probe.verdict("/livez")).status, 200);
      assert.equal((await probe.get("/status")).status, 200);
      const during = await forker.status();
      assert.equal(during.slots[1]?.workers[0]?.pid, second?.pid);
      await forker.finished(await forker.add("quick", {}, "other"));
      cgroup.limit("max");
      await forker.ready();
      assert.equal(await forker.drained(), 0);
    });
  });
}

test("PID 1 and the other workers continue when another process takes every thread that the template gives up", {
  skip,
}, async () => {
  await using cgroup = new TestCgroup("pids");
  const probe = await HealthProbe.onFreePort();
  await using forker = await Forker.start({ workload: "jobs; other", env: probe.env, wrapper: cgroup.wrapper });
  const before = await forker.ready();
  await forker.logged("keeper ready");
  const thief = spawn(process.execPath, ["--eval", greedy], { stdio: ["pipe", "ignore", "inherit"], detached: true });
  try {
    cgroup.add(thief.pid ?? 0);
    cgroup.limit(Number(cgroup.read("pids.current")) + 20);
    thief.stdin.write("go\n");
    await eventually(60_000, "the limit", () => Number(/max (\d+)/.exec(cgroup.read("pids.events"))?.[1]) > 0);
    forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
    const from = forker.log.length;
    await forker.pid1.logged(({ cause }) => /EAGAIN/.test(String(cause)), from, 60_000);
    // Each HTTP answer is another turn of PID 1, which has no thread left to start.
    for (let look = 0; look < 20; look++) assert.equal((await probe.verdict("/livez")).status, 200);
    assert.equal((await probe.get("/status")).status, 200);
    await forker.finished(await forker.add("quick", {}, "other"));
  } finally {
    // Its sleep processes are in its own process group.
    process.kill(-(thief.pid ?? 0), "SIGKILL");
  }
  cgroup.limit("max");
  const after = await forker.ready();
  assert.equal(after.slots[1]?.workers[0]?.pid, before.slots[1]?.workers[0]?.pid);
  assert.equal(await forker.drained(), 0);
});
