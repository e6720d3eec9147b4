import type { BoardRow } from "../../src/board/row-reader.ts";

/** The row of a worker that takes jobs and has done nothing yet, with the given fields changed. */
export function boardRow(shown: Partial<BoardRow>): BoardRow {
  return {
    pid: 1,
    mode: "taking",
    beatAt: 0,
    tookAt: 0,
    notTakingReason: undefined,
    finished: 0,
    failed: 0,
    privateBytes: 0,
    stopAskedAt: 0,
    jobStopAskedAt: 0,
    stopHeardAt: 0,
    holding: [],
    ...shown,
  };
}
