import { writeSync } from "node:fs";
import { printableLines } from "../text/printable.ts";

/**
 * To a person, before there is a log, or instead of one, or JSON, which stays the same value. Written at once: the process may
 * end on the next line.
 */
export const say = {
  line: (text: string): void => write(1, `${printableLines(text)}\n`),
  problem: (text: string): void => write(2, `forker: ${printableLines(text)}\n`),
  /** ECMA-48: the cursor to the upper left corner, and all below it erased. */
  clearScreen: (): void => write(1, "\u001b[H\u001b[J\n"),
};

const retry = { tries: 1_000, pauseMs: 1 } as const;
const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/** EAGAIN: another process made this pipe non-blocking, and its reader is behind: it gets a second. EPIPE: nobody listens any more. */
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
