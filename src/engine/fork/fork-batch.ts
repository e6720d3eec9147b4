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
  /** The descriptors of the inherited connections, which have ended in this child. */
  readonly ended: readonly number[];
}

export interface ForkingParent extends ForkTimes {
  readonly role: "parent";
  /** undefined: this worker could not be forked. */
  readonly pids: readonly (number | undefined)[];
  /** Why the first of them could not be forked. */
  readonly failure: string | undefined;
  /** Every failure was a limit of processes or memory, so a later attempt may succeed. */
  readonly isShortage: boolean;
  /** One of them did not begin in time. */
  readonly isLate: boolean;
  /** From the call until the last pid is known. */
  readonly totalMs: number;
}

/**
 * Waits for the next millisecond. Generators of ordered identifiers (ulid's monotonicFactory, uuid's v7) increment their last
 * value within a millisecond, so children that continue in the template's millisecond would generate the same identifiers. If the
 * clock is set back, the wait ends after 2 ms.
 */
export function leaveMillisecond(forkedAt: number): void {
  const latest = performance.now() + 2;
  while (Date.now() <= forkedAt && performance.now() < latest) continue;
}

/** A limit of processes or memory was reached. */
export function isShortage(cause: unknown): boolean {
  const errno = isNativeError(cause) ? cause.errno : cause;
  return errno === constants.errno.EAGAIN || errno === constants.errno.ENOMEM;
}

/** V8's threads did not end, or the new process did not begin, in time. */
export function isLate(cause: unknown): boolean {
  return isNativeError(cause) && cause.errno === constants.errno.ETIMEDOUT;
}

export interface ForkOptions {
  readonly deadlineMs: number;
  /** The descriptors that are not the application's: its connections end in the children. */
  readonly kept?: readonly number[];
}

/**
 * Returns once in the template and once in each of `count` children. Call it between two turns of the event loop (setImmediate),
 * with no request active. A child must call becomeForkedChild before anything else.
 */
export function forkBatch(count: number, { deadlineMs, kept = [] }: ForkOptions): ForkedChild | ForkingParent {
  const started = performance.now();
  noteCpuTime();
  const forkedAt = Date.now();
  const outcome = native().forkBatch(count, deadlineMs, kept);
  if ("index" in outcome) {
    leaveMillisecond(forkedAt);
    return { role: "child", ...outcome };
  }
  const { pids, drainMs, forkMs, restartMs } = outcome;
  const failed = pids.find((pid) => pid < 0);
  return {
    role: "parent",
    pids: pids.map((pid) => (pid < 0 ? undefined : pid)),
    failure: failed === undefined ? undefined : `fork: ${getSystemErrorName(failed)}`,
    isLate: pids.includes(-constants.errno.ETIMEDOUT),
    isShortage: failed !== undefined && pids.every((pid) => pid > 0 || isShortage(-pid)),
    drainMs,
    forkMs,
    restartMs,
    totalMs: performance.now() - started,
  };
}
