import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** One full collection. */
export function collectGarbage(): void {
  collect ??= expose();
  collect();
}

/** V8 gives gc() to contexts that are made while the flag is set. Code caches are checked against the flags: it is taken back. */
function expose(): () => void {
  setFlagsFromString("--expose-gc");
  try {
    return runInNewContext("gc") as () => void;
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
