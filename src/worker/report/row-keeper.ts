import type { Logger } from "pino";
import type { RowWriter } from "../../board/row-writer.ts";
import { monotonicClock } from "../../clock/monotonic.ts";
import { idleBeatMs } from "../../protocol/idle-beat.ts";
import type { WorkerLaunchConfig } from "../../protocol/launch-config.ts";
import { privateBytesOfSelf } from "../memory/private-memory.ts";

/**
 * While the worker holds a job. init checks once a second, and considers an event loop blocked that has not turned since init
 * ordered something.
 */
const beatEveryMs = 500;
/** To count, the kernel walks all page tables. */
const countMemoryEveryMs = 10_000;

interface Holder {
  readonly isHolding: boolean;
  readonly times: { loopDelayed(delayMs: number): void };
}

/** Claims the row, and then shows on it that the event loop turns and which signals arrive, until the process exits. */
export class RowKeeper {
  readonly #row: RowWriter;
  readonly #held: Holder;
  #timer: NodeJS.Timeout;
  /** Without a job there is nothing to order but what wakes the loop. */
  readonly #idleEveryMs: number;
  #everyMs = beatEveryMs;
  #dueAt = 0;
  #hasWorked = false;

  constructor(
    row: RowWriter,
    { settings, options }: WorkerLaunchConfig,
    held: Holder,
    recordSignals: (row: RowWriter) => void,
    log: Logger,
  ) {
    this.#row = row;
    this.#held = held;
    this.#idleEveryMs = idleBeatMs(settings.stuckTimeoutMs);
    row.claim(process.pid, monotonicClock.now());
    showSignals(recordSignals, row, log);
    this.#timer = this.#start();
    if (settings.recycleMemoryBytes === undefined && options.countsMemory !== true) return;
    const count = async () => row.privateBytes(await privateBytesOfSelf());
    setInterval(() => void count(), countMemoryEveryMs).unref();
  }

  /** Called when a job begins. */
  jobBegan(): void {
    this.#hasWorked = true;
    if (this.#everyMs === beatEveryMs) return;
    this.heard();
    this.#beatEvery(beatEveryMs);
  }

  /** Called when a signal or an order has arrived: init waits for the loop to turn after it. */
  heard(): void {
    this.#row.beat(monotonicClock.now());
  }

  #beat(): void {
    const now = monotonicClock.now();
    this.#row.beat(now);
    this.#held.times.loopDelayed(now - this.#dueAt);
    this.#dueAt = now + this.#everyMs;
    const isIdle = !this.#hasWorked && !this.#held.isHolding;
    this.#hasWorked = false;
    const everyMs = isIdle ? this.#idleEveryMs : beatEveryMs;
    if (everyMs !== this.#everyMs) this.#beatEvery(everyMs);
  }

  #beatEvery(everyMs: number): void {
    clearInterval(this.#timer);
    this.#everyMs = everyMs;
    this.#timer = this.#start();
  }

  #start(): NodeJS.Timeout {
    this.#dueAt = monotonicClock.now() + this.#everyMs;
    return setInterval(() => this.#beat(), this.#everyMs).unref();
  }
}

/** Without this the worker runs, but init does not learn of signals to a worker whose event loop is blocked. */
function showSignals(record: (row: RowWriter) => void, row: RowWriter, log: Logger): void {
  try {
    record(row);
  } catch (error) {
    log.warn({ err: error }, "could not record signals: a signal to this worker's pid waits for its event loop");
  }
}
