import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options?: { readonly type: "major"; readonly flavor: "last-resort" }) => void;

let collect: Collect | undefined;

/** Runs one full collection. */
export function collectGarbage(): void {
  collect ??= expose();
  collect();
}

/**
 * Collects as V8 does before it runs out of memory (Heap::CollectAllAvailableGarbage): runs two or more collections, merges
 * half-empty pages and shrinks the young generation to 1 MB. Loading an application grows the young generation, up to 128 MB if
 * memory allows. A child writes to all of it before its first collection, and each page that it writes becomes private.
 */
export function collectAllGarbage(): void {
  collect ??= expose();
  // V8 flushes the bytecode of a function that has not run during six collections (--bytecode-old-age). These collections say
  // nothing about what the application needs, and a child does not share bytecode that it compiles again.
  setFlagsFromString("--no-flush-bytecode");
  try {
    collect({ type: "major", flavor: "last-resort" });
  } finally {
    setFlagsFromString("--flush-bytecode");
  }
}

/**
 * V8 adds gc() to contexts that are created while the flag is set. The flag is cleared because code caches are checked against
 * it.
 */
function expose(): Collect {
  setFlagsFromString("--expose-gc");
  try {
    return runInNewContext("gc") as Collect;
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
