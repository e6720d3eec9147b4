import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { addonProblem, native } from "../native/binding.ts";
import { withoutMarking } from "./marking.ts";

type Collect = (
  options?: { readonly type: "minor" } | { readonly type: "major"; readonly flavor: "last-resort" },
) => void;

let collect: Collect | undefined;

/** Runs one full collection. */
export function collectGarbage(): void {
  collect ??= expose();
  collect();
}

/** Collects the young generation. */
export function collectYoungGarbage(): void {
  collect ??= expose();
  collect({ type: "minor" });
}

/**
 * Collects as V8 does when the system is short of memory: merges half-empty pages and shrinks the young generation to 1 MB.
 * Loading an application grows the young generation, up to 128 MB if memory allows. A child writes to all of it before its first
 * collection, and each page that it writes becomes private.
 */
export function collectAllGarbage(): void {
  // V8 flushes the bytecode of a function that has not run during six collections (--bytecode-old-age). This collection says
  // nothing about what the application needs, and a child does not share bytecode that it compiles again.
  setFlagsFromString("--no-flush-bytecode");
  try {
    // V8 may begin to mark again as soon as it has collected.
    withoutMarking(() => {
      if (!collectOnce()) collectRepeatedly();
    });
  } finally {
    setFlagsFromString("--flush-bytecode");
  }
}

function collectOnce(): boolean {
  return addonProblem() === undefined && native().collectUnderPressure();
}

/** Collects as V8 does before it runs out of memory (Heap::CollectAllAvailableGarbage): at least twice. */
function collectRepeatedly(): void {
  collect ??= expose();
  collect({ type: "major", flavor: "last-resort" });
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
