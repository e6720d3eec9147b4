import { notTakingReasons, workerModes } from "../protocol/messages.ts";

/**
 * The board: memory that init makes and all its children map, one row per worker. A worker writes its own row and no
 * other, with plain stores, so that it costs neither a system call nor a message; init reads, and what a worker wrote last is
 * there also after its SIGKILL. Little-endian as the machine, which all readers share.
 *
 *   board    row 0 │ row 1 │ … │ row 1023
 *   row      header (72 bytes) │ entry 0 │ … │ entry 63
 *   header   int32 pid, 0: nobody   int32 mode   f64 beatAt   f64 finished   f64 failed   f64 tookAt   f64 privateBytes
 *            f64 stopAskedAt   f64 jobStopAskedAt, written by signal handlers   int32 why it takes no job, 0: it does
 *   entry    int32 sequence, odd while it is written   uint16 bytes of the queue, 0: free   uint16 bytes of the id
 *            f64 startedAt   int32 starts, as Redis counts them   int32 isEnding, 1: its processor has ended
 *            the queue's and the id's UTF-8
 *
 * Instants are monotonic milliseconds (src/clock). A worker runs code of the application, which may scribble on all of it:
 * whoever reads checks, and believes nothing that is out of range.
 */
export const rowCount = 1_024;
export const entryCount = 64;

export const headerBytes = 72;
export const entryBytes = 252;
/** A worker that holds one job touches one page. */
export const rowBytes = 16 * 1_024;
export const boardBytes = rowCount * rowBytes;

export const header = {
  pid: 0,
  mode: 4,
  beatAt: 8,
  finished: 16,
  failed: 24,
  tookAt: 32,
  privateBytes: 40,
  stopAskedAt: 48,
  jobStopAskedAt: 56,
  notTaking: 64,
} as const;
export const entry = {
  sequence: 0,
  queueBytes: 4,
  idBytes: 6,
  startedAt: 8,
  starts: 16,
  isEnding: 20,
  text: 24,
} as const;

/** What of a queue's name and a job's id an entry has room for; a longer pair goes by message. */
export const textBytes = entryBytes - entry.text;

export const modes = workerModes;

/** By the number that stands for each. */
export const reasons = [undefined, ...notTakingReasons] as const;

export function entryOffset(index: number): number {
  return headerBytes + index * entryBytes;
}
