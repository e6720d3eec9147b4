import { constants } from "node:os";
import type { RowWriter } from "../../board/row-writer.ts";
import { native } from "../../native/binding.ts";
import { signalTable, type WorkerOrderKind, workerSignals } from "../../signals/signal-table.ts";

/** Where the board shows what init sees to while our event loop is blocked. The other orders wait until it turns. */
const instants: Partial<Record<WorkerOrderKind, "stopAskedAt" | "jobStopAskedAt">> = {
  stop: "stopAskedAt",
  stopJobs: "jobStopAskedAt",
};

/** Shows on the board when they came, from their handlers themselves. To be called once somebody listens. Throws a NativeError. */
export function recordSignals(row: RowWriter): void {
  for (const signal of workerSignals) {
    const instant = instants[signalTable[signal].worker];
    if (instant === undefined) continue;
    const [board, offset] = row.addressOf(instant);
    native().recordSignal(constants.signals[signal], offset, board);
  }
}
