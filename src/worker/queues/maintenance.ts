import type { Markers } from "../../bull/keys/markers.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { abortAfter, whenAborted } from "../../clock/abort-deadline.ts";
import type { WorkerStartOptions } from "../../protocol/worker-start-options.ts";

/** As often as a plain BullMQ Worker looks at its queue when nothing wakes it. */
const restoreEveryMs = 5_000;
/** After an outage every worker of a fleet is to have taken its locks again, which come back a second apart at the most. */
const stalledAfterOutageMs = 5_000;
/** A look that hangs would be the last. */
const lookTimeoutMs = 10_000;

export interface MaintenanceParts {
  readonly markers: Pick<Markers, "restore">;
  readonly stalledEveryMs: number;
  readonly options: Pick<WorkerStartOptions, "stalledAfterMs">;
  readonly lanes: () => readonly Lane[];
  readonly connected: () => boolean;
  /** Only a worker that takes jobs looks for those of dead ones. */
  readonly taking: () => boolean;
  /** Locks that were over are taken again, and jobs handed back that nobody works on: before the check could find either. */
  readonly lookAfterOwn: (lanes: readonly Lane[]) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/** What every worker does for its queues now and then: lost markers are put back, and jobs of dead workers and of lost connections returned. */
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

  /** After a connection came back: what was lost with it is looked for at once. */
  reconnected(): Promise<void> {
    const earliestMs = performance.now() + stalledAfterOutageMs;
    this.#stalledAtMs = Math.max(this.#stalledAtMs, earliestMs - this.#parts.stalledEveryMs);
    return this.now();
  }

  /** Resolves when all is looked for. */
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
        // Jitter keeps the workers of a fleet, forked in one moment, from coming all at once.
        if (this.#timer !== undefined) this.#schedule(restoreEveryMs * (0.9 + Math.random() / 5));
      });
    }, delayMs);
  }

  async #withTimeout(): Promise<void> {
    const late = abortAfter(lookTimeoutMs);
    await Promise.race([this.#once(), whenAborted(late.signal)]);
    // While Redis is away its answer is waited for, and a look follows the reconnect.
    if (late.signal.aborted && this.#parts.connected())
      throw new Error(`no answer within ${lookTimeoutMs / 1_000} s to the look for forgotten jobs`);
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
