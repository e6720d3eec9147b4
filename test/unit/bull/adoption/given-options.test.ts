import assert from "node:assert/strict";
import { test } from "node:test";
import { givenOptions } from "../../../../src/bull/adoption/given-options.ts";

const connection = { port: 1 };
/** As BullMQ completes them: test/process/bundle-contract.test.ts compares them with each version. */
const completed = {
  prefix: "bull",
  autorun: true,
  concurrency: 1,
  drainDelay: 5,
  lockDuration: 30_000,
  lockRenewTime: 15_000,
  maximumRateLimitDelay: 30_000,
  maxStalledCount: 1,
  stalledInterval: 30_000,
  runRetryDelay: 15_000,
  blockingConnection: true,
  connection,
};

test("what BullMQ has added to a Worker's options is left out", () => {
  assert.deepEqual(givenOptions(completed), { connection });
});

test("what differs from BullMQ's defaults was given", () => {
  const given = { lockDuration: 10_000, concurrency: 3, limiter: { max: 1, duration: 1000 }, name: "mailer" };
  assert.deepEqual(givenOptions({ ...completed, ...given, lockRenewTime: 5_000 }), { ...given, connection });
  assert.deepEqual(givenOptions({ ...completed, lockRenewTime: 1_000 }), { lockRenewTime: 1_000, connection });
});
