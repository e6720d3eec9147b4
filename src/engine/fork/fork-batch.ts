import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { native } from "../../native/binding.ts";
import type { ForkTimes } from "../../native/fork.ts";
import { isNativeError } from "../../native/process.ts";
import { noteCpuTime } from "../identity/cpu-time.ts";

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
  /** All that failed did so because the system had no room: later it may have. */
  readonly isShortage: boolean;
  /** Until the last pid was known. */
  readonly totalMs: number;
}

/**
 * Identifiers that are ordered within a millisecond go on from the last one (ulid's monotonicFactory, uuid's v7): no child may
 * be in one in which the template has made any. A clock that was set back holds nobody up for longer than that.
 */
function leaveMillisecond(forkedAt: number): void {
  const latest = performance.now() + 2;
  while (Date.now() <= forkedAt && performance.now() < latest) continue;
}

/** The limit of processes, or of memory, was reached. */
export function isShortage(cause: unknown): boolean {
  const errno = isNativeError(cause) ? cause.errno : cause;
  return errno === constants.errno.EAGAIN || errno === constants.errno.ENOMEM;
}

/**
 * Returns once here, and once in each of `count` children. Call it between two turns of the event loop (setImmediate),
 * and with no request active. In a child, becomeForkedChild comes before anything else.
 */
export function forkBatch(count: number, options: { readonly deadlineMs: number }): ForkedChild | ForkingParent {
  const started = performance.now();
  noteCpuTime();
  const forkedAt = Date.now();
  const outcome = native().forkBatch(count, options.deadlineMs);
  if ("index" in outcome) {
    leaveMillisecond(forkedAt);
    return { role: "child", index: outcome.index, pid: outcome.pid };
  }
  const { pids, drainMs, forkMs, restartMs } = outcome;
  const failed = pids.find((pid) => pid < 0);
  return {
    role: "parent",
    pids: pids.map((pid) => (pid < 0 ? undefined : pid)),
    failure: failed === undefined ? undefined : `fork: ${getSystemErrorName(failed)}`,
    isShortage: failed !== undefined && pids.every((pid) => pid > 0 || isShortage(-pid)),
    drainMs,
    forkMs,
    restartMs,
    totalMs: performance.now() - started,
  };
}
