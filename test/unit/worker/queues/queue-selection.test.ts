import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLookMs } from "../../../../src/worker/queues/queue-selection.ts";

const anHourMs = 3_600_000;

test("a worker looks for queues at every interval, less often if a look is long, and soon after an outage", () => {
  assert.equal(nextLookMs(5_000, 3, anHourMs), 5_000);
  assert.equal(nextLookMs(5_000, 500, anHourMs), 10_000);
  assert.equal(nextLookMs(5_000, 600_000, anHourMs), 60_000);
});

test("a worker that has just started looks more often, unless a look is long, and never more often than requested", () => {
  assert.equal(nextLookMs(5_000, 3, 0), 250);
  assert.equal(nextLookMs(5_000, 3, 2_000), 2_000);
  assert.equal(nextLookMs(5_000, 3, 5_000), 5_000);
  assert.equal(nextLookMs(5_000, 100, 0), 2_000);
  assert.equal(nextLookMs(100, 3, 0), 100);
});

test("a worker looks five times more in its first ten seconds than it will later", () => {
  let looks = 0;
  for (let ageMs = 0; ageMs < 10_000; ageMs += nextLookMs(5_000, 0, ageMs)) looks++;
  assert.equal(looks, 7);
});
