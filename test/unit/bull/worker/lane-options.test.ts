import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { traitsOf, workerOptionsOf } from "../../../../src/bull/worker/lane-options.ts";

const common = { prefix: "shop", workerName: "host:1:slot0:abc-def", lockDurationMs: 30_000, longestLimitMs: 45_000 };

describe("a lane", () => {
  test("without options has forker's defaults", () => {
    assert.deepEqual(traitsOf(common, {}), {
      lockDurationMs: 30_000,
      longestLimitMs: 30_000,
      drainDelayMs: 5_000,
      stalledIntervalMs: 30_000,
      maintenanceMs: 5_000,
      maxStartedAttempts: undefined,
      removesCompleted: false,
      removesFailed: false,
    });
    assert.deepEqual(workerOptionsOf(common, {}), {
      runRetryDelay: 1_000,
      lockDuration: 30_000,
      autorun: false,
      prefix: "shop",
      name: "host:1:slot0:abc-def",
    });
  });

  test("has its queue's options in place of them", () => {
    const own = {
      lockDuration: 9_000,
      maximumRateLimitDelay: 2_000,
      drainDelay: 1,
      stalledInterval: 700,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 1 },
    };
    const { lockDurationMs, longestLimitMs, drainDelayMs, stalledIntervalMs, maintenanceMs, ...ends } = traitsOf(
      common,
      own,
    );
    assert.deepEqual([lockDurationMs, longestLimitMs, drainDelayMs], [9_000, 2_000, 1_000]);
    assert.deepEqual([stalledIntervalMs, maintenanceMs], [700, 700]);
    assert.deepEqual([ends.removesCompleted, ends.removesFailed], [true, false]);
    assert.equal(workerOptionsOf(common, { ...own, name: "mailer" }).name, "mailer:host:1:slot0:abc-def");
  });

  test("trusts no rate limit for longer than init waits for a worker", () => {
    assert.equal(traitsOf(common, { maximumRateLimitDelay: 60_000 }).longestLimitMs, 45_000);
  });

  test("runs no stalled check that its queue skips", () => {
    const traits = traitsOf(common, { skipStalledCheck: true, stalledInterval: 700 });
    assert.deepEqual([traits.stalledIntervalMs, traits.maintenanceMs], [undefined, 5_000]);
  });

  test("gives BullMQ no option that is undefined, which would hide its default, and keeps what forker decides", () => {
    const given = workerOptionsOf(common, {
      maxStalledCount: undefined,
      autorun: true,
      prefix: "other",
      concurrency: 3,
    });
    assert.ok(!("maxStalledCount" in given));
    assert.deepEqual([given.autorun, given.prefix, given.concurrency], [false, "shop", 3]);
  });
});
