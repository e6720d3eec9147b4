import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options?: { readonly type: "major"; readonly flavor: "last-resort" }) => void;

let collect: Collect | undefined;

/** One full collection. */
export function collectGarbage(): void {
  collect ??= expose();
  collect();
}

/**
 * As V8 does before it would give up for lack of memory (Heap::CollectAllAvailableGarbage): two collections or more, pages
 * that are half empty are merged, and the young generation shrinks to 1 MB. Loading lets it grow, to 128 MB where there is
 * memory, and a child writes all of that once before its first collection: a page of its own for each.
 */
export function collectAllGarbage(): void {
  collect ??= expose();
  // Functions grow old by collections, and lose their bytecode when they have not run for six (V8's --bytecode-old-age):
  // these here say nothing about what the application needs, and what a child compiles again it does not share.
  setFlagsFromString("--no-flush-bytecode");
  try {
    collect({ type: "major", flavor: "last-resort" });
  } finally {
    setFlagsFromString("--flush-bytecode");
  }
}

/** V8 gives gc() to contexts that are made while the flag is set. Code caches are checked against the flags: it is taken back. */
function expose(): Collect {
  setFlagsFromString("--expose-gc");
  try {
    return runInNewContext("gc") as Collect;
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
