import { readdirSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/** setpriority(2) */
const mostNice = 19;

/** Raises the nice value of this process, which needs no privilege. Linux has one for each thread, and a new thread inherits its creator's. */
export function beNicer(by: number): void {
  if (by === 0) return;
  const nice = Math.min(mostNice, getPriority() + by);
  for (const thread of readdirSync("/proc/self/task")) setPriority(Number(thread), nice);
}
