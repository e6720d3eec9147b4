import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { MemoryRelease } from "../../../../src/worker/memory/memory-release.ts";

const mb = 2 ** 20;

function heapMb(): number {
  return getHeapStatistics().total_heap_size / mb;
}

/** 8 bytes each. Too large for the young generation: only a full collection frees it. */
function fill(megabytes: number): number[][] {
  return Array.from({ length: megabytes }, () => Array.from({ length: mb / 8 }, () => 0.5));
}

test("a heap that jobs have grown shrinks again", () => {
  const before = heapMb();
  const releaseMemory = new MemoryRelease();
  fill(160);
  const grown = heapMb() - before;
  assert.ok(grown > 80, `grew by ${grown} MB only`);
  releaseMemory.now();
  assert.ok(heapMb() < before + 16, `${heapMb()} MB, ${before} before`);
});

test("a heap that has hardly grown, or that needs what it has grown by, is not collected", async () => {
  const releaseMemory = new MemoryRelease();
  const isCollected = async () => {
    const ref = new WeakRef({});
    // A WeakRef keeps its target until the end of this turn.
    await setImmediate();
    releaseMemory.now();
    return ref.deref() === undefined;
  };
  assert.equal(await isCollected(), false);
  const kept = fill(160);
  assert.equal(await isCollected(), true);
  assert.equal(await isCollected(), false);
  assert.equal(kept.length, 160);
});
