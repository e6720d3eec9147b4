import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import type { BullWorker } from "../../../../src/bull/library/bull-types.ts";
import { interceptEnds } from "../../../../src/bull/worker/intercept-ends.ts";

function intercepted() {
  const worker = new EventEmitter();
  const heard: unknown[][] = [];
  for (const event of ["completed", "failed", "active"])
    worker.on(event, (...values: unknown[]) => heard.push([event, ...values]));
  const handled: unknown[][] = [];
  const emit = interceptEnds(worker as unknown as BullWorker, {
    completed: (...values) => handled.push(["completed", ...values]),
    failed: (...values) => handled.push(["failed", ...values]),
  });
  return { worker, heard, handled, emit };
}

const job = { id: "1" };

test("the ends that BullMQ emits go to the handlers, and all other events to the listeners", () => {
  const { worker, heard, handled } = intercepted();
  const error = new Error("no");
  worker.emit("completed", job, "result", "active");
  worker.emit("failed", job, error, "active");
  worker.emit("active", job, "waiting");
  assert.deepEqual(handled, [
    ["completed", job, "result"],
    ["failed", job, error],
  ]);
  assert.deepEqual(heard, [["active", job, "waiting"]]);
});

test("what the handlers emit reaches the listeners", () => {
  const { heard, handled, emit } = intercepted();
  emit("completed", job, "result", "active");
  assert.deepEqual(heard, [["completed", job, "result", "active"]]);
  assert.deepEqual(handled, []);
});

test("a failure without a job, which was removed, goes to the listeners as BullMQ emits it", () => {
  const { worker, heard, handled } = intercepted();
  const error = new Error("stalled");
  worker.emit("failed", undefined, error, "active");
  assert.deepEqual(heard, [["failed", undefined, error, "active"]]);
  assert.deepEqual(handled, []);
});
