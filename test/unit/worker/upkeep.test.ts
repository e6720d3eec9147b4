import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Upkeep } from "../../../src/worker/upkeep.ts";

function start(t: TestContext, restore: () => Promise<Set<string>>) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const failures: string[] = [];
  const looked: string[] = [];
  const upkeep = new Upkeep({
    markers: { restore },
    stalledEveryMs: 30_000,
    lanes: () => [],
    connected: () => true,
    taking: () => false,
    handBackStrays: async () => {
      looked.push("strays");
    },
    failed: (error) => failures.push((error as Error).message),
  });
  t.after(() => upkeep.close());
  return { upkeep, failures, looked };
}

test("a look that Redis never answers is told, and is not the last", async (t) => {
  let asked = 0;
  const { upkeep, failures, looked } = start(t, () => {
    asked++;
    return asked === 1 ? new Promise(() => {}) : Promise.resolve(new Set());
  });
  const hung = upkeep.now();
  const next = upkeep.now();
  // The promises that the look waits for, up to its deadline.
  for (let i = 0; i < 10; i++) await Promise.resolve();
  t.mock.timers.tick(10_000);
  await hung;
  await next;
  assert.deepEqual(failures, ["no answer within 10 s to the look for forgotten jobs"]);
  assert.deepEqual(looked, ["strays"]);
});
