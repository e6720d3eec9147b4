import { JobTimeoutError } from "../../bull/worker/abort-reasons.ts";
import { formatDuration } from "../../config/duration.ts";
import { type TimeLimit, timeLimitOf } from "../../config/time-limits.ts";
import type { HeldJob } from "./held-jobs.ts";

export interface TimeLimiterParts {
  readonly limits: readonly TimeLimit[];
  readonly stopTimeoutMs: number;
  /** Aborts the job's signal, and ends the job without its processor after `graceMs`. */
  readonly stop: (held: HeldJob, reason: Error, graceMs: number) => void;
}

/** Stops jobs that reach their queue's soft limit. If a job blocks the event loop, init enforces the limit. */
export class TimeLimiter {
  readonly #parts: TimeLimiterParts;
  readonly #byQueue = new Map<string, TimeLimit | undefined>();
  readonly #timers = new Map<HeldJob, NodeJS.Timeout>();

  constructor(parts: TimeLimiterParts) {
    this.#parts = parts;
  }

  began(held: HeldJob): void {
    const limit = this.#limitOf(held.lane.queue);
    if (limit === undefined) return;
    const { softMs } = limit;
    const hardMs = limit.hardMs ?? softMs + this.#parts.stopTimeoutMs;
    const due = () => {
      const reason = new JobTimeoutError(`job ran for longer than its time limit of ${formatDuration(softMs)}`);
      this.#parts.stop(held, reason, hardMs - softMs);
    };
    this.#timers.set(held, setTimeout(due, softMs));
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
