import type { Logger } from "pino";
import { addonProblem, native } from "../../native/binding.ts";

/**
 * Call it in the template before the application loads. V8 then puts the pages of its heap next to each other, which makes forks many
 * times cheaper: see src/native/dense-heap.cc.
 */
export function beginDenseHeap(log: Logger): void {
  // A template without the addon does not fork.
  if (addonProblem() !== undefined) return;
  try {
    native().beginDenseHeap();
  } catch (cause) {
    log.debug({ cause: (cause as Error).message }, "V8's heap is scattered, and forks take longer");
  }
}

/** Call it when the application has loaded, and the heap is settled or will not be forked. */
export function endDenseHeap(): void {
  if (addonProblem() === undefined) native().endDenseHeap();
}
