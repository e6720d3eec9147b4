import { JobTimeoutError } from "../../bull/worker/abort-reasons.ts";
import { formatDuration } from "../../config/duration.ts";
import { type TimeLimit, timeLimitOf } from "../../config/time-limits.ts";
import type { Ending, HeldJob } from "./held-job.ts";

export interface TimeLimiterParts {
  readonly limits: readonly TimeLimit[];
  readonly stopTimeoutMs: number;
  /** Aborts the job's signal, and ends the job without its processor after `graceMs`. */
  readonly stop: (held: HeldJob, reasons: Pick<Ending, "reason" | "lateReason">, graceMs: number) => void;
}

/** Stops jobs that reach their queue's soft limit. If a job blocks the event loop, init enforces the limit. */
export class TimeLimiter {
  readonly #parts: TimeLimiterParts;
  readonly #byQueue = new Map<string, TimeLimit | undefined>();
  readonly #timers = new Map<HeldJob, NodeJS.Timeout>();

  constructor(parts: TimeLimiterParts) {
    this.#parts = parts;
  }

  /** The time that an isolated job waits for its runner does not count. */
  started(held: HeldJob): void {
    const limit = this.#limitOf(held.lane.queue);
    if (limit === undefined) return;
    const { softMs } = limit;
    const hardMs = limit.hardMs ?? softMs + this.#parts.stopTimeoutMs;
    const due = () => {
      this.#parts.stop(held, { reason: overrun(softMs), lateReason: overrun(hardMs) }, hardMs - softMs);
    };
    this.#timers.set(held, setTimeout(due, softMs));
  }

  waitsAgain(held: HeldJob): void {
    this.ended(held);
  }

  ended(held: HeldJob): void {
    const timer = this.#timers.get(held);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#timers.delete(held);
  }

  #limitOf(queue: string): TimeLimit | undefined {
    if (!this.#byQueue.has(queue)) this.#byQueue.set(queue, timeLimitOf(this.#parts.limits, queue));
    return this.#byQueue.get(queue);
  }
}

const overrun = (limitMs: number) =>
  new JobTimeoutError(`job ran for longer than its time limit of ${formatDuration(limitMs)}`);
