import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, type TestContext, test } from "node:test";
import fc from "fast-check";
import { processStat, readProcessStat } from "../../../src/reaping/process-stat.ts";
import { isStoppedBySignal } from "../../../src/reaping/process-state.ts";
import { eventually } from "../../support/deadline.ts";
import { assertHolds } from "../../support/properties.ts";

const ownName = "/proc/self/comm";
const waitMs = 10_000;

/** A sleeping process. The kernel uses the first 15 bytes of `name` as its name. */
async function sleeper(context: TestContext, name: string) {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-stat-"));
  const program = path.join(folder, name);
  symlinkSync("/bin/sleep", program);
  const child = spawn(program, ["60"], { stdio: "ignore" });
  const ended = once(child, "exit");
  context.after(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });
  await once(child, "spawn");
  return { pid: child.pid ?? 0, kill: (signal: NodeJS.Signals) => child.kill(signal), ended };
}

describe("/proc/PID/stat", () => {
  test("is read whatever the process calls itself: blanks, parentheses, newlines, any byte", (context) => {
    const before = readFileSync(ownName);
    context.after(() => writeFileSync(ownName, before));
    const { startTime } = readProcessStat(process.pid) ?? assert.fail();
    assert.match(startTime, /^\d+$/);
    const misleading = fc.array(fc.constantFrom(")", "(", " ", "\n", "Z", "1", ") Z 1 "), { minLength: 1 });
    const names = fc.oneof(
      misleading.map((parts) => Buffer.from(parts.join(""))),
      fc.uint8Array({ min: 1, minLength: 1, maxLength: 15 }).map((bytes) => Buffer.from(bytes)),
    );
    assertHolds(
      fc.property(names, (name) => {
        writeFileSync(ownName, name);
        assert.deepEqual(readProcessStat(process.pid), { state: "R", parentPid: process.ppid, startTime });
      }),
      { runs: 500 },
    );
  });

  test("has the state and the parent of another process", async (context) => {
    const { pid } = await sleeper(context, ") Z 1 (");
    await eventually(waitMs, "it to sleep", () => processStat(pid)?.state === "S");
    assert.match(readFileSync(`/proc/${pid}/stat`, "latin1"), /^\d+ \(\) Z 1 \(\) S /);
    assert.equal(processStat(pid)?.parentPid, process.pid);
  });

  test("does not exist for a process that has been waited for, nor for none", async (context) => {
    const { pid, kill, ended } = await sleeper(context, "short");
    kill("SIGKILL");
    await ended;
    assert.deepEqual([readProcessStat(pid), processStat(pid)], [undefined, undefined]);
    assert.equal(readProcessStat(0), undefined);
  });
});

test("a process is stopped between SIGSTOP and SIGCONT, and not after its end", async (context) => {
  const { pid, kill, ended } = await sleeper(context, "T (stopped) T");
  assert.equal(isStoppedBySignal(pid), false);
  kill("SIGSTOP");
  await eventually(waitMs, "the stop", () => isStoppedBySignal(pid));
  kill("SIGCONT");
  await eventually(waitMs, "it to go on", () => !isStoppedBySignal(pid));
  kill("SIGSTOP");
  await eventually(waitMs, "the second stop", () => isStoppedBySignal(pid));
  kill("SIGKILL");
  await ended;
  assert.equal(isStoppedBySignal(pid), false);
});
