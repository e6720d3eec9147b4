import { constants } from "node:os";
import type { RowWriter } from "../../board/row-writer.ts";
import { native } from "../../native/binding.ts";
import { signalTable, type WorkerOrderKind, workerSignals } from "../../signals/signal-table.ts";

/** The row's fields for orders that init enforces if the worker's event loop is blocked. Other orders wait until it turns. */
const instants: Partial<Record<WorkerOrderKind, "stopAskedAt" | "jobStopAskedAt">> = {
  stop: "stopAskedAt",
  stopJobs: "jobStopAskedAt",
};

/**
 * Makes signal handlers record arrivals on the board. Call it after the listeners are installed and the row is claimed. Throws a
 * NativeError.
 */
export function recordSignals(row: RowWriter): void {
  for (const signal of workerSignals) {
    const instant = instants[signalTable[signal].worker];
    if (instant === undefined) continue;
    const [board, offset] = row.addressOf(instant);
    native().recordSignal(constants.signals[signal], offset, board);
  }
}
