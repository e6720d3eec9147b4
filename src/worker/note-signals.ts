import { constants } from "node:os";
import type { SeatWriter } from "../board/seat-writer.ts";
import { native } from "../native/binding.ts";

/** What the signals ask for that init sees to where our event loop is blocked. The others wait until it turns. */
const noted = [
  ["SIGTERM", "stopAskedAt"],
  ["SIGINT", "stopAskedAt"],
  ["SIGUSR1", "jobStopAskedAt"],
] as const;

/** Shows on the board when they came, from their handlers themselves. To be called once somebody listens. Throws a NativeError. */
export function noteSignals(seat: SeatWriter): void {
  for (const [signal, instant] of noted) {
    const [board, offset] = seat.placeOf(instant);
    native().noteSignal(constants.signals[signal], offset, board);
  }
}
