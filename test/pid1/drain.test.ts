// forker drain, as a preStop hook calls it, in every order with the other events of a pod's end.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { entrypoint, Forker, type ForkerOptions } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";

const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/** A forker with one worker, and the job that the worker runs. */
async function busy(behaviour: "held" | "deaf", options: ForkerOptions = {}): Promise<[Forker, string]> {
  const forker = await Forker.start({ workload: "jobs", ...options });
  await forker.ready();
  const id = await forker.add(behaviour);
  await forker.began(id);
  return [forker, id];
}

async function assertHandedBack(forker: Forker, id: string): Promise<void> {
  assert.equal(await forker.queue().getJobState(id), "waiting");
  const job = await forker.queue().getJob(id);
  assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [0, 0]);
}

describe("forker drain", () => {
  test("returns at once: the running job finishes, the waiting one stays, and a TERM right behind it joins", async () => {
    const [started, id] = await busy("held");
    await using forker = started;
    const waiting = await forker.add("quick");
    assert.equal(await forker.subcommand("drain"), "");
    forker.pid1.signal("SIGTERM");
    await forker.loggedWith("received signals", { signals: /SIGTERM/ });
    assert.equal(await forker.queue().getJobState(id), "active");
    await forker.release(id);
    assert.equal(await forker.pid1.exitCode(), 0);
    assert.equal(await forker.queue().getJobState(id), "completed");
    assert.equal(await forker.queue().getJobState(waiting), "waiting");
  });

  test("exits with 69 when no forker is running", async () => {
    for (const wait of [[], ["--wait"]]) {
      await using alone = await startPid1({ command: [process.execPath, entrypoint, "drain", ...wait] });
      assert.equal(await alone.exitCode(), exitCodes.noInit.code);
      assert.match(alone.transcript, /no forker is running/);
    }
  });

  test("exits with 69 for another user, and nothing drains", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    for (const wait of [[], ["--wait"]]) {
      const { code, problem } = await forker.begin(["drain", ...wait], nobody).ended();
      assert.equal(code, exitCodes.noInit.code);
      assert.match(problem, /only root and its own user may ask/);
    }
    assert.equal((await forker.status()).phase, "running");
  });
});

describe("forker drain --wait", () => {
  test("returns with the summary when the job has finished, before init ends", async () => {
    const [started, id] = await busy("held");
    await using forker = started;
    const hook = forker.begin(["drain", "--wait"]);
    await forker.loggedWith("sent order to worker", { order: "drain" });
    assert.ok(hook.isRunning);
    await forker.release(id);
    // If init had ended first, the kernel would have killed the hook with everything in the namespace: 137.
    assert.deepEqual(await hook.ended(), { code: 0, out: "drained: finished 1\n", problem: "" });
    assert.equal(await forker.pid1.exitCode(), 0);
  });

  test("joins a drain that QUIT began", async () => {
    const [started, id] = await busy("held");
    await using forker = started;
    forker.pid1.signal("SIGQUIT");
    await forker.loggedWith("sent order to worker", { order: "drain" });
    const hook = forker.begin(["drain", "--wait"]);
    await forker.logged("drain waiters changed");
    await forker.release(id);
    assert.equal((await hook.ended()).code, 0);
    assert.equal(await forker.pid1.exitCode(), 0);
    assert.equal(await forker.queue().getJobState(id), "completed");
  });

  test("is joined by a first TERM; a second TERM stops at once, and the hook reports what was handed back", async () => {
    const [started, id] = await busy("held");
    await using forker = started;
    const hook = forker.begin(["drain", "--wait"]);
    await forker.loggedWith("sent order to worker", { order: "drain" });
    forker.pid1.signal("SIGTERM");
    await forker.loggedWith("received signals", { signals: /SIGTERM/ });
    assert.equal((await forker.status()).phase, "draining");
    assert.ok(hook.isRunning);
    forker.pid1.signal("SIGTERM");
    assert.deepEqual(await hook.ended(), {
      code: 0,
      out: `drained: finished 0, handed back 1 (jobs:${id})\n`,
      problem: "",
    });
    assert.equal(await forker.pid1.exitCode(), 0);
    await assertHandedBack(forker, id);
  });

  test("returns 0 after a job that outlasts FORKER_DRAIN_TIMEOUT and its AbortSignal is handed back", async () => {
    const env = { FORKER_DRAIN_TIMEOUT: "300ms", FORKER_STOP_TIMEOUT: "100ms" };
    const [started, id] = await busy("deaf", { env });
    await using forker = started;
    const { code, out } = await forker.begin(["drain", "--wait"]).ended();
    assert.deepEqual([code, out], [0, `drained: finished 0, handed back 1 (jobs:${id})\n`]);
    assert.equal(await forker.pid1.exitCode(), 0);
    await assertHandedBack(forker, id);
  });

  test("exits with 5 at its own --timeout and names the running job, and the drain goes on", async () => {
    const [started, id] = await busy("held");
    await using forker = started;
    const { code, problem } = await forker.begin(["drain", "--wait", "--timeout", "200ms"]).ended();
    assert.equal(code, exitCodes.notDrained.code);
    assert.match(
      problem,
      new RegExp(`not finished within 200ms, and continues: finished 0, still running 1 \\(jobs:${id}\\)`),
    );
    assert.equal((await forker.status()).phase, "draining");
    await forker.release(id);
    assert.equal(await forker.pid1.exitCode(), 0);
  });

  test("reports to the remaining clients when one of several is killed", async () => {
    const [started, id] = await busy("held");
    await using forker = started;
    const hooks = [0, 1, 2].map(() => forker.begin(["drain", "--wait"]));
    await forker.pid1.logged(({ waiters }) => waiters === 3, 0, 30_000);
    hooks[1]?.kill();
    await forker.pid1.logged(
      ({ waiters }) => waiters === 2,
      forker.log.findIndex(({ waiters }) => waiters === 3),
    );
    await forker.release(id);
    const codes = await Promise.all(hooks.map(async (hook) => (await hook.ended()).code));
    assert.deepEqual(codes, [0, 137, 0]);
    assert.equal(await forker.pid1.exitCode(), 0);
  });

  test("leaves the drain to go on to its end when the only client is killed", async () => {
    const [started, id] = await busy("held");
    await using forker = started;
    const hook = forker.begin(["drain", "--wait"]);
    await forker.loggedWith("sent order to worker", { order: "drain" });
    hook.kill();
    await forker.pid1.logged(({ waiters }) => waiters === 0, 0, 30_000);
    await forker.release(id);
    assert.equal(await forker.pid1.exitCode(), 0);
    assert.equal(await forker.queue().getJobState(id), "completed");
  });

  test("finishes nothing during the boot, and both exit with 0", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { TEST_SETUP_HANGS_IN: "1" } });
    await forker.logged("loading application");
    assert.deepEqual(await forker.begin(["drain", "--wait"]).ended(), {
      code: 0,
      out: "drained: finished 0\n",
      problem: "",
    });
    assert.equal(await forker.pid1.exitCode(), 0);
  });

  test("gives up the new generation during a reload, and the old one's job finishes", async () => {
    const [started, id] = await busy("held", { env: { TEST_SETUP_HANGS_IN: "2" } });
    await using forker = started;
    forker.pid1.signal("SIGHUP");
    await forker.logged("reloading application");
    const hook = forker.begin(["drain", "--wait"]);
    await forker.loggedWith("sent SIGKILL to template", { reason: "init is leaving" });
    await forker.release(id);
    assert.equal((await hook.ended()).code, 0);
    assert.equal(await forker.pid1.exitCode(), 0);
    assert.equal(await forker.queue().getJobState(id), "completed");
  });

  test("exits with init's own code, 74, and names a job that nobody can hand back", async () => {
    const env = { FORKER_DRAIN_TIMEOUT: "300ms", FORKER_STOP_TIMEOUT: "100ms", FORKER_LOCK_DURATION: "1s" };
    const [started, id] = await busy("deaf", { env });
    await using forker = started;
    await forker.redis.kill();
    const { code, problem } = await forker.begin(["drain", "--wait"]).ended();
    assert.equal(code, exitCodes.jobsNotHandedBack.code);
    assert.match(problem, new RegExp(`not handed back 1 \\(jobs:${id}\\); forker exits with 74`));
    assert.equal(await forker.pid1.exitCode(), exitCodes.jobsNotHandedBack.code);
  });

  test("exits with 69 in time, with the last report, when init's event loop stands still", async () => {
    const [started, id] = await busy("held");
    await using forker = started;
    const hook = forker.begin(["drain", "--wait"]);
    await forker.loggedWith("sent order to worker", { order: "drain" });
    // init logs that line before it answers the hook. Once init answers another request, it has answered the hook.
    await forker.status();
    forker.pid1.signal("SIGSTOP");
    const { code, problem } = await hook.ended();
    assert.equal(code, exitCodes.noInit.code);
    assert.match(
      problem,
      new RegExp(`forker no longer reports; last report: finished 0, still running 1 \\(jobs:${id}\\)`),
    );
  });

  test("exits with 69 and the last report when init is killed and is not a PID 1 that takes the hook along", async () => {
    const wrapper = ["sh", "-c", '"$@"; read end', "sh"];
    const [started, id] = await busy("held", { wrapper });
    await using forker = started;
    const { pid } = await forker.status();
    assert.notEqual(pid, 1);
    const hook = forker.begin(["drain", "--wait"]);
    await forker.loggedWith("sent order to worker", { order: "drain" });
    // As above: init logs the line before it answers the hook.
    await forker.status();
    forker.pid1.signalInner(pid, "SIGKILL");
    const { code, problem } = await hook.ended();
    assert.equal(code, exitCodes.noInit.code);
    assert.match(problem, new RegExp(`ended before it reported .*: finished 0, still running 1 \\(jobs:${id}\\)`));
  });
});
