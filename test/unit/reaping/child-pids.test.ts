import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { native } from "../../../src/native/binding.ts";
import { childPids, scanForChildren } from "../../../src/reaping/child-pids.ts";
import { processStat } from "../../../src/reaping/process-stat.ts";
import { eventually } from "../../support/deadline.ts";

const inThread = `
  const { spawn } = require("node:child_process");
  const { parentPort } = require("node:worker_threads");
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  child.on("spawn", () => parentPort.postMessage(child.pid));
`;

const sorted = (pids: readonly number[]) => pids.toSorted((one, other) => one - other);

describe("the children of this process", () => {
  test("are those of all its threads, listed by the kernel and found in /proc alike", async (context) => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    context.after(() => child.kill("SIGKILL"));
    const thread = new Worker(inThread, { eval: true });
    const [ofThread] = (await once(thread, "message")) as [number];
    assert.deepEqual(sorted(childPids()), sorted([child.pid ?? 0, ofThread]));
    assert.deepEqual(sorted(scanForChildren()), sorted(childPids()));
    process.kill(ofThread, "SIGKILL");
    await once(thread, "exit");
    assert.deepEqual(childPids(), [child.pid]);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.deepEqual([childPids(), scanForChildren()], [[], []]);
  });

  test("include those that have ended and that nobody has waited for", async () => {
    const pid = native().startCommand(["true"], false);
    await eventually(10_000, "its end", () => processStat(pid)?.state === "Z");
    assert.deepEqual([childPids(), scanForChildren()], [[pid], [pid]]);
    assert.deepEqual(native().reap(pid), { exitCode: 0 });
    assert.deepEqual([childPids(), scanForChildren()], [[], []]);
  });
});
