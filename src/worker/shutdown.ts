import { WorkerStoppedError } from "../bull/worker/abort-reasons.ts";
import { abortAfter, whenAborted, withTimeout } from "../clock/abort-deadline.ts";
import type { Settings } from "../config/settings.ts";
import type { Consumer } from "./consumer.ts";
import { type HeldJob } from "./jobs/held-job.ts";
import { type HeldJobs, handBackTimeoutMs } from "./jobs/held-jobs.ts";
import { flushTimeoutMs } from "./orders/init-link.ts";
import type { WorkerOrder } from "./orders/worker-order.ts";

export interface ShutdownParts {
  readonly held: HeldJobs;
  readonly settings: Pick<Settings, "reloadDrainTimeoutMs">;
  /** undefined: the worker has not opened it yet. */
  readonly consumer: () => Pick<Consumer, "dispatcher" | "ends" | "endByHand" | "leaveNothing"> | undefined;
  /** Called when a drain takes too long. */
  readonly late: () => void;
  /** Called when no job is held and none is being fetched. */
  readonly finished: () => void;
}

/** Empties a worker: a drain waits for its jobs, a stop interrupts them and hands them back. */
export class Shutdown {
  readonly #parts: ShutdownParts;
  #stopBy: AbortController | undefined;
  #unstoppable: HeldJob[] = [];

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  /** Jobs whose processors run until the process exits. They are ended right before that, so that none runs twice at a time. */
  get unstoppable(): readonly HeldJob[] {
    return this.#unstoppable;
  }

  /** init limits a drain that it ordered. A drain by a signal to this process has the time limit of a reload. */
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
    this.#unstoppable = await held.endRunners(await held.stop(held.all, ending, this.#stopBy.signal));
    // Jobs that were being fetched are handed back too.
    const quiet = this.#quiet(this.#unstoppable.length);
    await Promise.race([quiet, whenAborted(this.#stopBy.signal)]);
    await withTimeout(handBackTimeoutMs, quiet);
    await this.#leaveNothing();
    finished();
  }

  /** Ends the time that jobs have to stop. */
  stopNow(): void {
    this.#stopBy?.abort();
  }

  /** Resolves when at most `exceptJobs` jobs run, none is being fetched, and then no hook runs. */
  async #quiet(exceptJobs = 0): Promise<void> {
    const consumer = this.#parts.consumer();
    const byHand = consumer?.endByHand();
    await consumer?.dispatcher.quiet(exceptJobs);
    await byHand;
    await consumer?.ends.settled();
  }

  async #leaveNothing(): Promise<void> {
    await withTimeout(flushTimeoutMs, this.#parts.consumer()?.leaveNothing());
  }
}
