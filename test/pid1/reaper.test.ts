import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startPid1 } from "../support/pid1.ts";

const fixture = fileURLToPath(new URL("../fixtures/pid1/reaper-init.ts", import.meta.url));
const reaperInit = (scenario: string) => startPid1({ command: [process.execPath, fixture, scenario] });

describe("the reaper", { concurrency: false }, () => {
  test("reaps 300 orphans that die together at once", async (context) => {
    await using init = await reaperInit("sleepers");
    const { listed, scanned } = await init.logged((line) => line["event"] === "orphaned");
    assert.equal(listed, 300);
    assert.equal(scanned, 300, "the scan of /proc finds whom the kernel lists");
    const sleepers = init.processes().filter((one) => one.name === "sleep");
    for (const { outerPid } of sleepers) process.kill(outerPid, "SIGKILL");
    const killedAt = performance.now();
    await init.logged((line) => line["total"] === 300);
    context.diagnostic(
      `300 orphans were reaped within ${Math.round(performance.now() - killedAt)} ms of the last kill`,
    );
    assert.deepEqual(
      init.processes().map((one) => one.pid),
      [1],
    );
  });

  test("takes no exit event from libuv while orphans die with libuv's children", async () => {
    await using init = await reaperInit("together");
    const { codes, atOnce } = await init.logged((line) => line["event"] === "together");
    assert.deepEqual(codes, [...Array(50).keys()]);
    assert.ok((atOnce as number) > 0, "orphans died in the same moment");
    await init.until("no zombie to be left", () => init.zombies().length === 0);
  });

  test("leaves no zombie of 2,000 orphans", async () => {
    await using init = await reaperInit("thousands");
    await init.logged((line) => line["event"] === "orphaned", 0, 60_000);
    await init.logged((line) => line["total"] === 2_000);
    await init.until("no process but init", () => init.processes().length === 1);
  });

  test("reports how each process ended", async () => {
    await using init = await reaperInit("statuses");
    const { statuses } = await init.logged((line) => line["event"] === "statuses");
    const ends = (statuses as { pid: number }[]).map(({ pid, ...status }) =>
      pid > 1 ? JSON.stringify(status) : "no pid",
    );
    assert.deepEqual(ends.sort(), ['{"exitCode":0}', '{"exitCode":7}', '{"signal":"SIGKILL"}']);
  });

  test("returns the status of one child by its pid once, and none for a process that is not its child", async () => {
    await using init = await reaperInit("one");
    const { before, first, second } = await init.logged((line) => line["event"] === "one");
    assert.deepEqual([before, first, second], ["noChild", { exitCode: 3 }, "noChild"]);
  });

  test("reaps the orphans of its descendants as a subreaper, although it is not PID 1", async () => {
    const { execPath } = process;
    await using init = await startPid1({ command: ["sh", "-c", `'${execPath}' '${fixture}' statuses; exit`] });
    const { statuses } = await init.logged((line) => line["event"] === "statuses");
    assert.equal((statuses as object[]).length, 3);
    assert.deepEqual(init.zombies(), []);
  });
});
