import type { Container } from "./container.ts";
import type { WorkerModel } from "./worker-model.ts";

interface Block {
  readonly signal: NodeJS.Signals;
  readonly afterMs: number;
  readonly forMs: number;
}

/** The signals that operators have sent to the pid of a worker: when, and what they cause besides what it does. */
export class WorkerSignals {
  readonly #container: Container;
  readonly #worker: WorkerModel;
  /** When TERM or INT was sent. */
  stoppedAt = Infinity;
  /** When USR1 was last sent. */
  jobsStoppedAt = -Infinity;
  /** When it began to drain because of QUIT or HUP. */
  drainedAt = Infinity;
  /** When it last handled USR2, and CONT. */
  suspendedAt = -Infinity;
  resumedAt = -Infinity;
  #block: Block | undefined;

  constructor(container: Container, worker: WorkerModel) {
    this.#container = container;
    this.#worker = worker;
  }

  /** The kernel delivers it: the native handler writes some to the row. */
  recorded(signal: NodeJS.Signals): void {
    const now = this.#now;
    if (isStop(signal)) {
      this.stoppedAt = Math.min(this.stoppedAt, now);
      this.#record("stopAskedAt", now);
    }
    if (signal === "SIGUSR1") {
      this.jobsStoppedAt = now;
      this.#record("jobStopAskedAt", now);
    }
  }

  /** A fault: once the worker has handled this signal, something blocks its event loop. */
  blockAfter(block: Block): void {
    this.#block = block;
  }

  /** The worker is about to handle it. */
  handles(signal: NodeJS.Signals): void {
    const { mode } = this.#worker;
    if (signal === "SIGUSR2") this.suspendedAt = this.#now;
    if (signal === "SIGCONT") this.resumedAt = this.#now;
    const isDrain = signal === "SIGQUIT" || signal === "SIGHUP";
    if (isDrain && mode !== "draining" && mode !== "stopping") this.drainedAt = this.#now;
  }

  /** The worker has handled it. */
  handled(signal: NodeJS.Signals): void {
    if (isStop(signal)) this.#worker.row?.stopHeard(this.#now);
    const block = this.#block;
    if (block?.signal !== signal) return;
    this.#block = undefined;
    const { process } = this.#worker;
    if (block.afterMs === 0) process.block(block.forMs);
    else this.#worker.after(block.afterMs, () => process.block(block.forMs));
  }

  get #now(): number {
    return this.#container.schedule.time.now;
  }

  #record(instant: "stopAskedAt" | "jobStopAskedAt", now: number): void {
    const { hasRow, row } = this.#worker;
    if (!hasRow || row === undefined) return;
    const [memory, offset] = row.addressOf(instant);
    new DataView(memory).setFloat64(offset, now, true);
  }
}

function isStop(signal: NodeJS.Signals): boolean {
  return signal === "SIGTERM" || signal === "SIGINT";
}
