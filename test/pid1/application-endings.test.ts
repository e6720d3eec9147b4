// How an application with Workers of its own ends itself: test/fixtures/applications/endings.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Forker, type ForkerOptions } from "../support/forker.ts";
import { entries, recorded } from "../support/ledger.ts";

async function start(ending: string, options: ForkerOptions = {}): Promise<Forker> {
  const env = { ENDING: ending, ...options.env };
  const forker = await Forker.start({
    fixture: "applications/endings",
    file: "worker.js",
    workload: "",
    ...options,
    env,
  });
  await forker.ready();
  return forker;
}

describe("The application's own way to end", { concurrency: false }, () => {
  for (const engine of ["fork", "spawn"] as const)
    test(`a listener that exits at once ends no running job, engine ${engine}`, async () => {
      await using forker = await start("rude", { engine });
      const id = await forker.add("work");
      const [began] = await recorded(forker, "began", 1, { job: id });
      forker.pid1.signal("SIGQUIT");
      await forker.loggedWith("changed mode", { to: "draining" });
      forker.pid1.signalInner(began?.pid ?? 0, "SIGTERM");
      await forker.loggedWith("received signal", { signal: "SIGTERM" });
      await forker.release(id);
      assert.equal(await forker.pid1.exitCode(), 0);
      assert.equal(await forker.queue().getCompletedCount(), 1);
      assert.ok(!forker.log.some(({ msg }) => msg === "worker exits unexpectedly"));
    });

  test("TERM aborts and hands back a job, whose worker then calls the listener", async () => {
    await using forker = await start("nest");
    const id = await forker.add("work");
    await recorded(forker, "began", 1, { job: id });
    forker.pid1.signal("SIGTERM");
    assert.equal(await forker.pid1.exitCode(), 0);
    await forker.logged("handed back job");
    const [shutdown] = await entries(forker, "shutdown");
    assert.equal(shutdown?.["signal"], "SIGTERM");
    assert.equal((await entries(forker, "closed")).length, 1);
    assert.equal(await forker.queue().getWaitingCount(), 1);
  });

  test("a listener of INT that returns no promise is awaited, and its exit code is forker's", async () => {
    await using forker = await start("callbacks");
    assert.equal(await forker.drained(), 0);
    const [interrupted] = await entries(forker, "interrupted");
    assert.deepEqual([interrupted?.["signal"], interrupted?.["number"]], ["SIGINT", 2]);
    const exited = await forker.loggedWith("worker exited", {});
    assert.equal(exited["exitCode"], 0);
  });

  test("a listener that returns no promise may wait for a process and a timer", async () => {
    await using forker = await start("slow", { engine: "spawn" });
    assert.equal(await forker.drained(), 0);
    assert.equal((await entries(forker, "finished")).length, 1, forker.pid1.transcript);
  });

  test("listeners of beforeExit run, and a Worker that is still open is closed", async () => {
    await using forker = await start("beforeExit");
    assert.equal(await forker.drained(), 0);
    const [entry] = await entries(forker, "beforeExit");
    assert.equal(entry?.["code"], 0);
    assert.equal((await entries(forker, "closed")).length, 1);
  });

  test("a listener that never ends has FORKER_STOP_TIMEOUT, and a worker exits without it", async () => {
    await using forker = await start("never", { env: { FORKER_STOP_TIMEOUT: "500ms" } });
    assert.equal(await forker.drained(), 0);
    assert.equal((await entries(forker, "stuck")).length, 1);
    const line = await forker.logged("the application did not end within FORKER_STOP_TIMEOUT");
    assert.equal(line["cause"], "listeners of SIGTERM did not end within 500 ms");
  });

  test("a drain waits for a job that the application has taken itself, and takes no other", async () => {
    await using forker = await start("hand");
    const id = await forker.add("work", {}, "hand");
    await recorded(forker, "began", 1, { job: id });
    forker.pid1.signal("SIGQUIT");
    await forker.loggedWith("changed mode", { to: "draining" });
    await forker.add("work", {}, "hand");
    await forker.release(id);
    assert.equal(await forker.pid1.exitCode(), 0);
    assert.equal(await forker.queue("hand").getCompletedCount(), 1);
    assert.equal(await forker.queue("hand").getWaitingCount(), 1);
  });

  test("what a listener throws is logged", async () => {
    await using forker = await start("broken");
    assert.equal(await forker.drained(), 0);
    await forker.logged(/listener of SIGTERM failed: cannot close the database/);
    assert.equal((await entries(forker, "closed")).length, 1);
  });
});
