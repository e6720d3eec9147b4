import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { IdleMemory } from "../../../../src/worker/memory/idle-memory.ts";

const lookMs = 15_000;

function start(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const worker = { holding: false, done: 0, given: 0 };
  const memory = new IdleMemory({
    isHolding: () => worker.holding,
    done: () => worker.done,
    releaseMemory: () => {
      worker.given++;
    },
  });
  return { worker, memory, look: () => t.mock.timers.tick(lookMs) };
}

test("a worker that was idle since the last look gives memory back, once", (t) => {
  const { worker, look } = start(t);
  worker.done = 3;
  look();
  assert.equal(worker.given, 0);
  look();
  look();
  assert.equal(worker.given, 1);
  worker.done = 4;
  look();
  look();
  assert.equal(worker.given, 2);
});

test("a worker that works gives nothing back, and one that has never worked has nothing to give", (t) => {
  const { worker, look } = start(t);
  look();
  look();
  worker.holding = true;
  look();
  look();
  worker.holding = false;
  for (let round = 0; round < 3; round++) {
    worker.done++;
    look();
  }
  assert.equal(worker.given, 0);
});

test("the looks end with the worker", (t) => {
  const { worker, memory, look } = start(t);
  worker.done = 1;
  look();
  memory.close();
  look();
  assert.equal(worker.given, 0);
});
