import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLookMs } from "../../../src/worker/queue-plan.ts";

test("queues are looked for every interval, less often where a look is long, and soon after an outage", () => {
  assert.equal(nextLookMs(5_000, 3), 5_000);
  assert.equal(nextLookMs(5_000, 500), 10_000);
  assert.equal(nextLookMs(5_000, 600_000), 60_000);
});
