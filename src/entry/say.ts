import { writeSync } from "node:fs";
import { printableLines } from "../text/printable.ts";

/**
 * Prints text for a user, before or instead of the log, or JSON, whose value the escapes do not change. Writes synchronously,
 * because the process may end on the next line.
 */
export const say = {
  line: (text: string): void => write(1, `${printableLines(text)}\n`),
  /** With colours of forker's own: everything else in the text has gone through printable(). */
  styled: (text: string): void => write(1, `${text}\n`),
  problem: (text: string): void => write(2, `forker: ${printableLines(text)}\n`),
};

const retry = { tries: 1_000, pauseMs: 1 } as const;
const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/**
 * EAGAIN: another process made this pipe non-blocking, and its reader is behind; it gets one second. EPIPE: the pipe has no
 * reader.
 */
function write(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0, tries = 0; written < bytes.length && tries < retry.tries; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EAGAIN") return;
      tries++;
      Atomics.wait(neverNotified, 0, 0, retry.pauseMs);
    }
  }
}
