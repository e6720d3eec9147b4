import { getHeapStatistics } from "node:v8";
import { allowMarking, preventMarking } from "./marking.ts";

/** A heap that has grown by this much is worth collecting. */
const worthCollectingBytes = 16 * 2 ** 20;
const lookEveryMs = 15_000;

/**
 * V8's MemoryReducer collects the whole heap of a process that allocates little, some seconds after its last full collection: in a
 * forked worker, after the one that its template runs before the fork. There is nothing to collect then, and the collection copies
 * pages that the worker shares with its template. It starts with incremental marking, which this prevents until a job
 * begins.
 */
export class IdleCollections {
  #timer: NodeJS.Timeout | undefined;

  prevent(): void {
    preventMarking();
    const settledBytes = heapBytes();
    // The application may work without jobs.
    const look = () => {
      if (heapBytes() > settledBytes + worthCollectingBytes) this.allow();
    };
    this.#timer = setInterval(look, lookEveryMs).unref();
  }

  /** Called when the process begins to work. */
  allow(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    allowMarking();
  }
}

function heapBytes(): number {
  return getHeapStatistics().total_heap_size;
}
