import type { Board } from "../../board/board-memory.ts";
import { type BoardRow, readRow } from "../../board/row-reader.ts";
import type { Event } from "../state/event.ts";
import { standsStillMs } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";
import type { ProcessTable } from "./process-table.ts";

/** Reads the rows of the current workers. Ignores a row that another process has claimed. */
export function readBoard(
  board: Board,
  world: World,
  now: number,
  table: Pick<ProcessTable, "isStoppedBySignal">,
): Event {
  const records = new Map<number, BoardRow>();
  const stoppedBySignal = new Set<number>();
  for (const { id, pid, row } of world.workers) {
    const record = row === undefined ? undefined : readRow(board.memory, row);
    if (record === undefined || record.pid !== pid) continue;
    records.set(id, record);
    if (now - record.beatAt > standsStillMs && table.isStoppedBySignal(pid)) stoppedBySignal.add(id);
  }
  return { kind: "boardRead", records, stoppedBySignal };
}
