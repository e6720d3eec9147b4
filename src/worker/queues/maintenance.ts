import type { Markers } from "../../bull/keys/markers.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { abortAfter, whenAborted } from "../../clock/abort-deadline.ts";
import type { WorkerStartOptions } from "../../protocol/worker-start-options.ts";

/** Equal to BullMQ's drainDelay, after which a Worker checks its queue if nothing has woken it. */
const restoreEveryMs = 5_000;
/** Time for all workers to reacquire their locks after an outage; they reconnect within a second of each other. */
const stalledAfterOutageMs = 5_000;
/** Without a limit, a run that hangs would be the last. */
const lookTimeoutMs = 10_000;

export interface MaintenanceParts {
  readonly markers: Pick<Markers, "restore">;
  readonly stalledEveryMs: number;
  readonly options: Pick<WorkerStartOptions, "stalledAfterMs">;
  readonly lanes: () => readonly Lane[];
  readonly connected: () => boolean;
  /** Only a worker that takes jobs runs the stalled check. */
  readonly taking: () => boolean;
  /** Reacquires expired locks and hands back undelivered jobs, before the stalled check can find either. */
  readonly lookAfterOwn: (lanes: readonly Lane[]) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/**
 * What every worker does for its queues every few seconds: it restores lost markers, and returns jobs of dead workers and of
 * lost connections.
 */
export class Maintenance {
  readonly #parts: MaintenanceParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stalledAtMs: number;

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
    this.#stalledAtMs = performance.now() + parts.options.stalledAfterMs - parts.stalledEveryMs;
    this.#schedule(0);
  }

  /** Called after a reconnect: looks at once for what was lost with the connection. */
  reconnected(): Promise<void> {
    const earliestMs = performance.now() + stalledAfterOutageMs;
    this.#stalledAtMs = Math.max(this.#stalledAtMs, earliestMs - this.#parts.stalledEveryMs);
    return this.now();
  }

  /** Resolves when the run has ended. */
  now(): Promise<void> {
    this.#running = this.#running.then(() => this.#withTimeout()).catch(this.#parts.failed);
    return this.#running;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => {
      void this.now().finally(() => {
        // Jitter prevents workers that were forked together from running this together.
        if (this.#timer !== undefined) this.#schedule(restoreEveryMs * (0.9 + Math.random() / 5));
      });
    }, delayMs);
  }

  async #withTimeout(): Promise<void> {
    const late = abortAfter(lookTimeoutMs);
    await Promise.race([this.#once(), whenAborted(late.signal)]);
    // While Redis is unavailable, the run waits for its reply, and another run follows the reconnect.
    if (late.signal.aborted && this.#parts.connected())
      throw new Error(`no reply of Redis to maintenance within ${lookTimeoutMs / 1_000} s`);
    late.abort();
  }

  async #once(): Promise<void> {
    const { markers, lanes, connected, taking, lookAfterOwn, stalledEveryMs, failed } = this.#parts;
    if (!connected()) return;
    const active = await markers.restore(lanes().map((lane) => lane.keys));
    const busy = lanes().filter((lane) => active.has(lane.keys.active));
    await lookAfterOwn(busy).catch(failed);
    if (!taking() || performance.now() - this.#stalledAtMs < stalledEveryMs) return;
    this.#stalledAtMs = performance.now();
    for (const lane of busy) await lane.checkStalled();
  }
}
