import type { Board } from "../../board/board-memory.ts";
import { readSeat, type SeatRecord } from "../../board/seat-reader.ts";
import { isStopped } from "../../reaping/process-state.ts";
import type { Event } from "../state/event.ts";
import type { World } from "../state/world.ts";

/** A loop that has not turned for this long is worth a look at its process. */
const standsStillMs = 5_000;

/** What the seats of those who are there show now. A seat that somebody else has sat in shows nothing. */
export function lookAtBoard(board: Board, world: World, now: number): Event {
  const records = new Map<number, SeatRecord>();
  const stopped = new Set<number>();
  for (const { id, pid, seat } of world.workers) {
    const record = seat === undefined ? undefined : readSeat(board.memory, seat);
    if (record === undefined || record.pid !== pid) continue;
    records.set(id, record);
    if (now - record.beatAt > standsStillMs && isStopped(pid)) stopped.add(id);
  }
  return { kind: "boardRead", records, stopped };
}
