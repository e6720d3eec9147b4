import type { SeatWriter } from "../board/seat-writer.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { privateBytesOfSelf } from "./private-memory.ts";

/** init looks once a second, and calls a loop blocked that has not turned since something was asked of it. */
const beatEveryMs = 500;
/** Counting walks all page tables. */
const countMemoryEveryMs = 10_000;

/** Takes the seat, and shows from then on that the event loop turns. Ends with the process. */
export function keepSeat(seat: SeatWriter, countsMemory: boolean): void {
  seat.sit(process.pid, monotonicClock.now());
  setInterval(() => seat.beat(monotonicClock.now()), beatEveryMs).unref();
  if (!countsMemory) return;
  const count = async () => seat.privateBytes(await privateBytesOfSelf());
  setInterval(() => void count(), countMemoryEveryMs).unref();
}
