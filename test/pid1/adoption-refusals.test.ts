// Applications that forker refuses, or that fail, only when Redis has replied: test/fixtures/applications/refused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker, type ForkerOptions } from "../support/forker.ts";

const waitMs = 120_000;
const otherLibrary = /^Worker of queue mail: .* got a client of another library/;
const twoWorkers = /^Worker of queue mail: expected one for each queue, got a second one; /;

async function start(way: string, options: ForkerOptions = {}): Promise<Forker> {
  const forker = await Forker.start({ fixture: "applications/refused", file: "main.mjs", workload: "2", ...options });
  await deploy(forker, way);
  return forker;
}

/** What the application does in workers that start from now on. */
async function deploy(forker: Forker, way: string): Promise<void> {
  await forker.client.set("way", way);
}

/** One line says why, and init's last line that it exits. */
async function assertRefused(forker: Forker, reason: RegExp): Promise<void> {
  assert.equal(await forker.pid1.exitCode(waitMs), 78);
  const serious = forker.log.filter(({ level }) => Number(level) >= 50);
  assert.deepEqual(
    serious.map(({ msg }) => msg),
    ["giving up", "init exits"],
    forker.pid1.transcript,
  );
  assert.match(String(serious[0]?.["reason"]), reason);
}

async function works(forker: Forker, id: string): Promise<void> {
  await forker.queue("mail").add("job", {}, { jobId: id });
  await eventually(waitMs, `job ${id}`, async () => (await forker.client.lrange("done", 0, -1)).includes(id));
}

for (const engine of ["fork", "spawn"] as const)
  describe(`A Worker that forker refuses in a worker, engine ${engine}`, { concurrency: false }, () => {
    for (const file of ["main.mjs", "main.cjs"])
      for (const way of file === "main.mjs" ? ["two", "two_in_a_timer", "client"] : ["two", "two_in_a_timer"])
        test(`ends forker at once with its code and one line: ${file}, ${way}`, async () => {
          await using forker = await start(way, { engine, file });
          await assertRefused(forker, way === "client" ? otherLibrary : twoWorkers);
          assert.deepEqual(forker.pid1.errorLines, []);
        });

    test("does so if the application catches the error and exits", async () => {
      await using forker = await start("two", { engine, file: "exits.cjs" });
      await assertRefused(forker, twoWorkers);
      assert.match(forker.pid1.errorLines.join("\n"), /^(bootstrap failed: Worker of queue mail: .*\n?)+$/);
    });

    test("abandons a reload that brings it, and the generation before goes on", async () => {
      await using forker = await start("fine", { engine });
      await forker.ready();
      await works(forker, "one");
      await deploy(forker, "two");
      forker.pid1.signal("SIGHUP");
      await forker.loggedWith("abandoned reload; the current generation stays", { reason: twoWorkers });
      await works(forker, "two");
      await deploy(forker, "fine");
      forker.pid1.signal("SIGHUP");
      await forker.reloaded(3);
      await works(forker, "three");
      assert.equal(await forker.drained(), 0);
    });
  });

describe("An error that an application's module throws in the workers", { concurrency: false }, () => {
  test("is printed without forker's source, and is the cause of the worker's exit", async () => {
    await using forker = await start("throws");
    const cause = /^TypeError: the application's own at fail \(.*\/create\.cjs:\d+:\d+\)$/;
    await forker.loggedWith("worker exits unexpectedly", { code: 1, cause });
    const { slots } = await forker.until("its cause", (status) => status.slots[0]?.lastDeath !== null);
    assert.match(slots[0]?.lastDeath ?? "", /^ended with exit code 1: TypeError: the application's own at fail/);
    await forker.pid1.line(/^\s+at fail \(/);
    assert.match(forker.pid1.errorLines.find((line) => line !== "") ?? "", /^TypeError: the application's own$/);
    assert.doesNotMatch(forker.pid1.errorLines.join("\n"), /bullmq-forker:1|throw error/);
  });

  test("abandons a reload, whose line names it", async () => {
    await using forker = await start("fine");
    await forker.ready();
    await deploy(forker, "throws");
    forker.pid1.signal("SIGHUP");
    const reason =
      /^its first worker failed to start 3 times; the last time it ended with exit code 1: TypeError: the application's own at fail/;
    await forker.loggedWith("abandoned reload; the current generation stays", { reason });
    await works(forker, "one");
    assert.equal(await forker.drained(), 0);
  });

  for (const file of ["main.mjs", "main.cjs"])
    test(`ends forker with a line that names it: ${file}`, async () => {
      await using forker = await start("throws", { engine: "spawn", workload: "", file });
      assert.equal(await forker.pid1.exitCode(waitMs), 75);
      const { reason } = await forker.logged("giving up");
      assert.match(
        String(reason),
        /^every worker crashed at least 5 times .*; the last one ended with exit code \d+: .*the application's own \(TypeError at fail \(.*\/create\.cjs:/,
      );
    });

  test("ends forker with a line that says where the application has exited", async () => {
    await using forker = await start("throws", { engine: "spawn", workload: "", file: "exits.cjs" });
    assert.equal(await forker.pid1.exitCode(waitMs), 75);
    const { reason } = await forker.logged("giving up");
    assert.match(
      String(reason),
      /the last one ended with exit code 1: .* process\.exit\(\) at .*\/exits\.cjs:\d+:\d+$/,
    );
  });
});
