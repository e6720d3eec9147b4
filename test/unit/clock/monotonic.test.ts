import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { monotonicClock } from "../../../src/clock/monotonic.ts";

test("the monotonic clock is the same for all processes", () => {
  const clock = new URL("../../../src/clock/monotonic.ts", import.meta.url);
  const before = monotonicClock.now();
  const script = `import { monotonicClock } from ${JSON.stringify(clock.href)}; console.log(monotonicClock.now());`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  const there = Number(stdout);
  assert.ok(before < there && there < monotonicClock.now(), `${before} < ${there}`);
});
