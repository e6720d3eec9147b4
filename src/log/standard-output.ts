import type { WriteOnce } from "./open-output.ts";
import { WaitBudget } from "./wait-budget.ts";

const retryDelayMs = 2;

/**
 * Writes lines to standard output, each before write() returns. A reader that stopped reading, a full disk or a terminal that
 * hung up costs a limited share of each second: lines that cannot be written are dropped and counted, and `noticeOf` creates the
 * line that reports them before the next line that can.
 */
export class StandardOutput {
  readonly #writeOnce: WriteOnce;
  readonly #waitBudget: WaitBudget;
  #pid = process.pid;
  /** The rest of a line that was written in part: it goes first, so that no line is torn. */
  #rest: Buffer = Buffer.alloc(0);
  #dropped = 0;
  /** Why the last attempt failed. */
  #problem = "";
  #droppedInAll = 0;

  constructor(writeOnce: WriteOnce, waitBudget: WaitBudget) {
    this.#writeOnce = writeOnce;
    this.#waitBudget = waitBudget;
  }

  get droppedInAll(): number {
    return this.#droppedInAll;
  }

  /** Writes one line, which includes its newline. Never throws. */
  write(line: string, noticeOf: (dropped: number, why: string) => string): void {
    if (this.#pid !== process.pid) this.#reset();
    const hasDropped = this.#dropped > 0;
    const notice = hasDropped ? noticeOf(this.#dropped, explain(this.#problem)) : "";
    const bytes = Buffer.concat([this.#rest, Buffer.from(notice + line)]);
    const written = this.#writeBytes(bytes, !hasDropped);
    if (written === bytes.length) {
      this.#rest = Buffer.alloc(0);
      this.#dropped = 0;
    } else if (written > this.#rest.length) {
      this.#rest = bytes.subarray(written);
      this.#dropped = 0;
    } else {
      this.#rest = this.#rest.subarray(written);
      this.#dropped += 1;
      this.#droppedInAll += 1;
    }
  }

  /** In a forked child: the rest of the parent's line belongs to the parent. */
  #reset(): void {
    this.#pid = process.pid;
    this.#rest = Buffer.alloc(0);
    this.#dropped = 0;
    this.#droppedInAll = 0;
  }

  #writeBytes(bytes: Buffer, mayWait: boolean): number {
    let written = 0;
    while (written < bytes.length) {
      const outcome = this.#writeOnce(bytes, written);
      if (typeof outcome === "number") {
        written += outcome;
        continue;
      }
      if (outcome === "EINTR") continue;
      if (outcome === "EAGAIN" && mayWait && this.#waitBudget.spend(sleepBriefly)) continue;
      this.#problem = outcome;
      return written;
    }
    return written;
  }
}

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

function sleepBriefly(): void {
  Atomics.wait(neverNotified, 0, 0, retryDelayMs);
}

/** The errors of write(2). */
function explain(code: string): string {
  switch (code) {
    case "EAGAIN":
      return "nobody read standard output";
    case "ENOSPC":
    case "EDQUOT":
      return `there was no space for standard output (${code})`;
    case "EPIPE":
    case "ECONNRESET":
      return `the reader of standard output was gone (${code})`;
    case "EIO":
      return "the terminal of standard output had hung up, or its disk failed (EIO)";
    default:
      return `standard output did not accept them (${code})`;
  }
}
