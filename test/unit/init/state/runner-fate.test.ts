import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExitStatus } from "../../../../src/init/state/event.ts";
import { runnerEnd } from "../../../../src/init/state/runner-fate.ts";

const cases: readonly (readonly [ExitStatus, string | undefined, string, string])[] = [
  [{ exitCode: 3 }, undefined, "failed", "exit code 3"],
  [{ exitCode: 0 }, undefined, "failed", "exit code 0"],
  [{ signal: "SIGSEGV" }, undefined, "failed", "signal 11 (SIGSEGV)"],
  [{ signal: "SIGABRT" }, undefined, "failed", "signal 6 (SIGABRT)"],
  [{ signal: "SIGKILL", outOfMemory: "cgroup oom_kill" }, undefined, "failed", "out of memory: cgroup oom_kill"],
  [{ signal: "SIGKILL" }, undefined, "killed", "signal 9 (SIGKILL)"],
  [{ signal: "SIGTERM" }, undefined, "killed", "signal 15 (SIGTERM)"],
  [{ signal: "SIGABRT", threadRefusal: "pids.max" }, undefined, "killed", "no room for a thread: pids.max"],
  [{ signal: "SIGKILL" }, "job stopped by SIGUSR1", "ordered", "job stopped by SIGUSR1"],
  [{ unknown: true }, undefined, "killed", "its exit status is unknown"],
];

for (const [status, killedFor, fate, why] of cases) {
  test(`a runner that ended with ${JSON.stringify(status)}${killedFor === undefined ? "" : " by order"} has ${fate}`, () => {
    assert.deepEqual(runnerEnd({ killedFor }, status), { fate, why });
  });
}
