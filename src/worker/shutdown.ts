import { WorkerStoppedError } from "../bull/worker/abort-reasons.ts";
import { abortAfter, whenAborted, withTimeout } from "../clock/abort-deadline.ts";
import type { Settings } from "../config/settings.ts";
import type { Consumer } from "./consumer.ts";
import { type HeldJob, type HeldJobs, handBackTimeoutMs } from "./jobs/held-jobs.ts";
import { flushTimeoutMs } from "./orders/init-link.ts";
import type { WorkerOrder } from "./orders/worker-order.ts";

export interface ShutdownParts {
  readonly held: HeldJobs;
  readonly settings: Pick<Settings, "reloadDrainTimeoutMs">;
  /** undefined: the worker has not got as far as that. */
  readonly consumer: () => Pick<Consumer, "dispatcher" | "ends" | "leaveNothing"> | undefined;
  /** A drain takes too long. */
  readonly late: () => void;
  /** Nothing is held, and nothing is being fetched. */
  readonly finished: () => void;
}

/** How a worker comes to hold nothing: a drain waits for its jobs, a stop cuts them short and hands them back. */
export class Shutdown {
  readonly #parts: ShutdownParts;
  #stopBy: AbortController | undefined;
  #unstoppable: HeldJob[] = [];

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  /** Their processors go on for as long as the process does: they are ended with it, so that none runs twice at a time. */
  get unstoppable(): readonly HeldJob[] {
    return this.#unstoppable;
  }

  /** init bounds a drain that it asked for; one by a signal to this very process is bounded as in a reload. */
  async drain({ by }: Extract<WorkerOrder, { kind: "drain" }>): Promise<void> {
    const { settings, late, finished } = this.#parts;
    const drained = this.#quiet();
    if (by === "init") await drained;
    else {
      const limit = abortAfter(settings.reloadDrainTimeoutMs);
      await Promise.race([drained, whenAborted(limit.signal)]);
      if (limit.signal.aborted) return late();
      limit.abort();
    }
    await this.#leaveNothing();
    finished();
  }

  async stop(timeoutMs: number): Promise<void> {
    const { held, finished } = this.#parts;
    this.#stopBy = abortAfter(timeoutMs);
    const ending = { reason: new WorkerStoppedError(), outcome: "handback" } as const;
    this.#unstoppable = await held.stop(held.all, ending, this.#stopBy.signal);
    // What was just being fetched is handed back too.
    const quiet = this.#quiet(this.#unstoppable.length);
    await Promise.race([quiet, whenAborted(this.#stopBy.signal)]);
    await withTimeout(handBackTimeoutMs, quiet);
    await this.#leaveNothing();
    finished();
  }

  /** The time of a stop is over. */
  stopNow(): void {
    this.#stopBy?.abort();
  }

  /** Nothing is held but for so many jobs, and nothing is being fetched; then no hook runs any more. */
  async #quiet(exceptJobs = 0): Promise<void> {
    const consumer = this.#parts.consumer();
    await consumer?.dispatcher.quiet(exceptJobs);
    await consumer?.ends.settled();
  }

  async #leaveNothing(): Promise<void> {
    await withTimeout(flushTimeoutMs, this.#parts.consumer()?.leaveNothing());
  }
}
