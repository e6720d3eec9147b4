import type { RowWriter } from "../../board/row-writer.ts";
import { monotonicClock } from "../../clock/monotonic.ts";
import { privateBytesOfSelf } from "../memory/private-memory.ts";

/** init looks once a second, and calls a loop blocked that has not turned since something was asked of it. */
const beatEveryMs = 500;
/** Counting walks all page tables. */
const countMemoryEveryMs = 10_000;

/** Claims the row, and shows from then on that the event loop turns. Ends with the process. */
export function keepRow(row: RowWriter, countsMemory: boolean): void {
  row.claim(process.pid, monotonicClock.now());
  setInterval(() => row.beat(monotonicClock.now()), beatEveryMs).unref();
  if (!countsMemory) return;
  const count = async () => row.privateBytes(await privateBytesOfSelf());
  setInterval(() => void count(), countMemoryEveryMs).unref();
}
