import { getSystemErrorName } from "node:util";
import { native } from "../../native/binding.ts";
import type { ForkTimes } from "../../native/fork.ts";

export interface ForkedChild {
  readonly role: "child";
  readonly index: number;
  readonly pid: number;
}

export interface ForkingParent extends ForkTimes {
  readonly role: "parent";
  /** undefined: that one could not be forked. */
  readonly pids: readonly (number | undefined)[];
  /** Why the first of those could not. */
  readonly failure: string | undefined;
  /** Until the last pid was known. */
  readonly totalMs: number;
}

/**
 * Returns once here, and once in each of `count` children. Call it between two turns of the event loop (setImmediate),
 * and with no request active. In a child, becomeForkedChild comes before anything else.
 */
export function forkBatch(count: number, options: { readonly deadlineMs: number }): ForkedChild | ForkingParent {
  const started = performance.now();
  const outcome = native().forkBatch(count, options.deadlineMs);
  if ("index" in outcome) return { role: "child", index: outcome.index, pid: outcome.pid };
  const { pids, drainMs, forkMs, restartMs } = outcome;
  const failed = pids.find((pid) => pid < 0);
  return {
    role: "parent",
    pids: pids.map((pid) => (pid < 0 ? undefined : pid)),
    failure: failed === undefined ? undefined : `fork: ${getSystemErrorName(failed)}`,
    drainMs,
    forkMs,
    restartMs,
    totalMs: performance.now() - started,
  };
}
