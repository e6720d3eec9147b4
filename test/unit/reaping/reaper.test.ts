import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { native } from "../../../src/native/binding.ts";
import { processStat } from "../../../src/reaping/process-stat.ts";
import { Reaper } from "../../../src/reaping/reaper.ts";
import { eventually, within } from "../../support/deadline.ts";

const waitMs = 10_000;
const noneIsLibuvs = () => false;

/** A child that has ended and that libuv did not start. */
async function endedChild(script: string): Promise<number> {
  const pid = native().startCommand(["sh", "-c", script], false);
  await eventually(waitMs, "its end", () => processStat(pid)?.state === "Z");
  return pid;
}

/** Blocks the event loop meanwhile, so that libuv cannot reap the child. */
function blockUntilEnded(pid: number): void {
  const deadline = performance.now() + waitMs;
  while (processStat(pid)?.state !== "Z") {
    assert.ok(performance.now() < deadline, "it does not end");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

describe("the reaper", () => {
  test("collects every child that has ended, once, with its exit code or its signal", async () => {
    const reaper = new Reaper(noneIsLibuvs);
    const failed = await endedChild("exit 7");
    const killed = await endedChild("kill -KILL $$");
    const reaped = reaper.reap().toSorted((one, other) => one.pid - other.pid);
    const expected = [
      { pid: failed, exitCode: 7 },
      { pid: killed, signal: "SIGKILL" },
    ];
    assert.deepEqual(
      reaped,
      expected.toSorted((one, other) => one.pid - other.pid),
    );
    assert.deepEqual(reaper.reap(), []);
  });

  test("leaves libuv's children to libuv, which reports their end", async () => {
    const other = await endedChild("exit 0");
    const child = spawn("sh", ["-c", "exit 3"], { stdio: "ignore" });
    const ended = once(child, "exit");
    const reaper = new Reaper((pid) => pid === child.pid);
    blockUntilEnded(child.pid ?? 0);
    assert.deepEqual(reaper.reap(), [{ pid: other, exitCode: 0 }]);
    assert.deepEqual(await within(waitMs, () => "its exit event", ended), [3, null]);
  });

  test("collects only the pids that it is given, and of these only the ended", async () => {
    const reaper = new Reaper(noneIsLibuvs);
    const ended = await endedChild("exit 1");
    const unnamed = await endedChild("exit 2");
    const running = native().startCommand(["sleep", "60"], false);
    try {
      assert.deepEqual(reaper.reapThese([running, ended, process.ppid]), [{ pid: ended, exitCode: 1 }]);
      assert.equal(reaper.reapOne(running), undefined);
    } finally {
      process.kill(running, "SIGKILL");
    }
    await eventually(waitMs, "its end", () => processStat(running)?.state === "Z");
    assert.deepEqual(reaper.reapOne(running), { signal: "SIGKILL" });
    assert.equal(reaper.reapOne(running), "noChild");
    assert.equal(reaper.reapOne(process.ppid), "noChild");
    assert.deepEqual(reaper.reap(), [{ pid: unnamed, exitCode: 2 }]);
  });
});
