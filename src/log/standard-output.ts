import fs from "node:fs";

/** How often a line is tried again while nobody reads, and how long it waits between two tries. */
const retries = 50;
const retryDelayMs = 2;

/**
 * Lines to a file descriptor, each written before write() returns. A reader that stopped reading costs one line's
 * retries, not the process: what does not go through is dropped and counted, and `noticeOf` makes the line that says so
 * before the next one that does.
 */
export class StandardOutput {
  readonly #fd: number;
  #pid = process.pid;
  /** The end of a line that went through in part: it goes first, so that no line is torn. */
  #rest: Buffer = Buffer.alloc(0);
  #dropped = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** One line, its newline included. Never throws. */
  write(line: string, noticeOf: (dropped: number) => string): void {
    if (this.#pid !== process.pid) this.#startAnew();
    const stuck = this.#dropped > 0;
    const notice = stuck ? noticeOf(this.#dropped) : "";
    const bytes = Buffer.concat([this.#rest, Buffer.from(notice + line)]);
    const written = this.#writeBytes(bytes, stuck ? 0 : retries);
    if (written === bytes.length) {
      this.#rest = Buffer.alloc(0);
      this.#dropped = 0;
    } else if (written > this.#rest.length) {
      this.#rest = bytes.subarray(written);
      this.#dropped = 0;
    } else {
      this.#rest = this.#rest.subarray(written);
      this.#dropped += 1;
    }
  }

  /** In a forked child: what the parent could not write is the parent's to write. */
  #startAnew(): void {
    this.#pid = process.pid;
    this.#rest = Buffer.alloc(0);
    this.#dropped = 0;
  }

  #writeBytes(bytes: Buffer, triesLeft: number): number {
    let written = 0;
    let tries = triesLeft;
    while (written < bytes.length) {
      try {
        written += fs.writeSync(this.#fd, bytes, written);
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code === "EINTR") continue;
        if (code !== "EAGAIN" || tries === 0) return written;
        tries -= 1;
        Atomics.wait(neverNotified, 0, 0, retryDelayMs);
      }
    }
    return written;
  }
}

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/**
 * A descriptor for our lines that does not block. O_NONBLOCK belongs to the open file description, which fd 1 shares with
 * every other process of the container; a pipe or terminal that is opened anew through /proc has one of its own. Where that
 * is not allowed (another user's pipe, a socket) it is fd 1 itself, which blocks as everybody's console.log does.
 */
export function openStandardOutput(fd = 1): number {
  try {
    const kind = fs.fstatSync(fd);
    if (!kind.isFIFO() && !kind.isCharacterDevice()) return fd;
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
    return fs.openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return fd;
  }
}
