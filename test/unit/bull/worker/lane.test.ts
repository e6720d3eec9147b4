import assert from "node:assert/strict";
import { test } from "node:test";
import { type BullWorker } from "../../../../src/bull/library/bull-types.ts";
import type { QueueKeys } from "../../../../src/bull/library/key-layout.ts";
import { Lane } from "../../../../src/bull/worker/lane.ts";
import { traitsOf } from "../../../../src/bull/worker/lane-options.ts";
import type { Workers } from "../../../../src/bull/worker/open-worker.ts";

test("a rate limit is believed for a while only: nothing tells that it was lifted, or that the clock was set back", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const worker = { limitUntil: 0, lockManager: { start: () => {} }, getNextJob: async () => undefined };
  const traits = traitsOf({ prefix: "bull", workerName: "one", lockDurationMs: 30_000, longestLimitMs: Infinity }, {});
  const opened = { worker: worker as unknown as BullWorker, emit: () => {} };
  const lane = new Lane("jobs", {} as QueueKeys, () => opened, {} as Workers, traits, undefined);
  assert.equal(lane.limitedUntil, 0, "before its first job");
  await lane.fetch("token");
  worker.limitUntil = 1_600_000;
  assert.equal(lane.limitedUntil, 1_030_000);
  t.mock.timers.tick(10_000);
  assert.equal(lane.limitedUntil, 1_030_000, "it is not put off");
  worker.limitUntil = 1_010_500;
  assert.equal(lane.limitedUntil, 1_010_500, "one that is shorter is as it is");
  worker.limitUntil = 1_600_000;
  t.mock.timers.setTime(0);
  assert.equal(lane.limitedUntil, 30_000, "after the clock was set back");
});
