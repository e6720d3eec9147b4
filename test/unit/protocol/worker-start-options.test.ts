import assert from "node:assert/strict";
import { test } from "node:test";
import { startOptionsOf } from "../../../src/protocol/worker-start-options.ts";
import { startOptions } from "../../support/start-options.ts";

const options = startOptions({ spec: { queues: ["mail", "*"], concurrency: 5 }, row: 7 });

test("a worker is started with its options and nothing else that init knows about it", () => {
  assert.deepEqual(startOptionsOf({ ...options, id: 12, state: "asked" } as typeof options), options);
});

test("init does not start a worker with an option of the wrong kind", () => {
  assert.throws(() => startOptionsOf({ ...options, stalledAfterMs: NaN }), { name: "ValiError" });
  assert.throws(() => startOptionsOf({ ...options, spec: { queues: [], concurrency: 0 } }), { name: "ValiError" });
});
