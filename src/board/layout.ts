import { jobStages } from "../protocol/job-stage.ts";
import { notTakingReasons, workerModes } from "../protocol/messages.ts";

/**
 * The board: memory that init creates and all its children map, with one row per worker. A worker writes only its own row,
 * with plain stores, which cost neither a system call nor a message. init reads the rows; what a worker wrote last is still
 * there after a SIGKILL has ended it. Numbers are little-endian, like the machine.
 *
 *   board    row 0 │ row 1 │ … │ row 1023
 *   row      header (80 bytes) │ entry 0 │ … │ entry 63
 *   header   int32 pid, 0: free   int32 mode   f64 beatAt   f64 finished   f64 failed   f64 tookAt   f64 privateBytes
 *            f64 stopAskedAt   f64 jobStopAskedAt, written by signal handlers   int32 why it takes no job, 0: it takes jobs
 *            4 bytes unused   f64 stopHeardAt
 *   entry    int32 sequence, odd during a write   uint16 bytes of the queue, 0: free   uint16 bytes of the id
 *            f64 startedAt, until then: when it was taken   int32 starts, as Redis counts them   int32 stage
 *            the queue's and the id's UTF-8
 *
 * Instants are monotonic milliseconds (src/clock). A worker runs application code, which can overwrite all of this
 * memory: readers check every value, and reject what is out of range.
 */
export const rowCount = 1_024;
export const entryCount = 64;

export const headerBytes = 80;
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
  stopHeardAt: 72,
} as const;
export const entry = {
  sequence: 0,
  queueBytes: 4,
  idBytes: 6,
  startedAt: 8,
  starts: 16,
  stage: 20,
  text: 24,
} as const;

/** The room in an entry for a queue's name and a job's id. A longer pair is sent by message. */
export const textBytes = entryBytes - entry.text;

export const modes = workerModes;

/** Each stage's index is its number on the board. */
export const stages = jobStages;

/** Each reason's index is its number on the board. */
export const reasons = [undefined, ...notTakingReasons] as const;

export function entryOffset(index: number): number {
  return headerBytes + index * entryBytes;
}
