import type { RowWriter } from "../../board/row-writer.ts";
import { monotonicClock } from "../../clock/monotonic.ts";
import { privateBytesOfSelf } from "../memory/private-memory.ts";

/** init checks once a second, and considers an event loop blocked that has not turned since init ordered something. */
const beatEveryMs = 500;
/** To count, the kernel walks all page tables. */
const countMemoryEveryMs = 10_000;

/** Claims the row, and then shows on it that the event loop turns, until the process exits. */
export function keepRow(row: RowWriter, countsMemory: boolean): void {
  row.claim(process.pid, monotonicClock.now());
  setInterval(() => row.beat(monotonicClock.now()), beatEveryMs).unref();
  if (!countsMemory) return;
  const count = async () => row.privateBytes(await privateBytesOfSelf());
  setInterval(() => void count(), countMemoryEveryMs).unref();
}
