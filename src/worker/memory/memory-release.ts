import { getHeapStatistics } from "node:v8";
import { collectAllGarbage } from "../../heap/collect-garbage.ts";
import { addonProblem, native } from "../../native/binding.ts";

const mb = 2 ** 20;
/**
 * A collection moves what a forked worker still shares, some 20 MB of the example shop's heap, and blocks the event loop for
 * the time it takes: only for a heap that has grown by much more.
 */
const worthCollectingBytes = 64 * mb;

/** What a process holds and does not need goes back to the kernel. */
export class MemoryRelease {
  /** At the start, and after each collection: a heap that lives on what it has grown by is not collected again and again. */
  #settledHeapBytes = heapBytes();

  now(): void {
    // V8 does so by itself in some idle heaps (MemoryReducer), and in others never.
    if (heapBytes() > this.#settledHeapBytes + worthCollectingBytes) {
      collectAllGarbage();
      this.#settledHeapBytes = heapBytes();
    }
    if (addonProblem() === undefined) native().returnFreeMemory();
  }
}

function heapBytes(): number {
  return getHeapStatistics().total_heap_size;
}
