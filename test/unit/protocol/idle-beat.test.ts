import assert from "node:assert/strict";
import { test } from "node:test";
import { idleBeatMs } from "../../../src/protocol/idle-beat.ts";

test("a worker without a job beats every second to every four seconds, by the time that init leaves it", () => {
  const waits = [1_000, 15_000, 30_000, 60_000, 600_000, 0];
  assert.deepEqual(waits.map(idleBeatMs), [1_000, 1_000, 2_000, 4_000, 4_000, 4_000]);
});
