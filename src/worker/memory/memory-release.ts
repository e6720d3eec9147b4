import { getHeapStatistics } from "node:v8";
import { collectAllGarbage } from "../../heap/collect-garbage.ts";
import { addonProblem, native } from "../../native/binding.ts";

const mb = 2 ** 20;
/**
 * A collection moves objects that a forked worker still shares (20 MB of the example shop's heap), and blocks the event loop.
 * Only a heap that has grown by much more is worth that.
 */
const worthCollectingBytes = 64 * mb;

/** Returns memory that the process holds and does not need to the kernel. */
export class MemoryRelease {
  /** Measured at the start and after each collection, so that a heap that needs its new size is not collected repeatedly. */
  #settledHeapBytes = heapBytes();

  now(): void {
    // V8's MemoryReducer collects some idle heaps by itself, and others never.
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
