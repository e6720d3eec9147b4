import type { JobStage } from "../protocol/job-stage.ts";
import type { NotTakingReason, WorkerMode } from "../protocol/messages.ts";
import { entry, entryCount, entryOffset, header, modes, reasons, rowBytes, stages, textBytes } from "./layout.ts";

/** A job as the board shows it. */
export interface BoardJob {
  readonly queue: string;
  readonly id: string;
  /** When it started, and until then, when it was taken. Monotonic milliseconds. */
  readonly startedAt: number;
  /** How often the job had been started when it was taken, including this start. Absent: unknown. */
  readonly starts?: number | undefined;
  readonly stage: JobStage;
}

export interface BoardRow {
  readonly pid: number;
  readonly mode: WorkerMode;
  /** When the worker's event loop last turned. Monotonic milliseconds, like `tookAt`. */
  readonly beatAt: number;
  /** When the worker took its last job, or became able to take one again. */
  readonly tookAt: number;
  /** Why the worker takes no job; undefined: it takes the next one. */
  readonly notTakingReason: NotTakingReason | undefined;
  readonly finished: number;
  readonly failed: number;
  /** The worker's private memory when it last measured it; 0: not measured yet. */
  readonly privateBytes: number;
  /**
   * The time of the last TERM or INT to the worker's own pid, and of the last USR1; 0: none. A blocked event loop does not
   * delay them.
   */
  readonly stopAskedAt: number;
  readonly jobStopAskedAt: number;
  /** When the worker last acted on a TERM or INT; 0: never. */
  readonly stopHeardAt: number;
  readonly holding: readonly BoardJob[];
}

/** After this many attempts, the writer must be stopped or dead in the middle of the entry, which is then ignored. */
const attempts = 3;

/** Returns undefined if no worker has claimed the row, or if a value is out of range. */
export function readRow(board: ArrayBuffer, row: number): BoardRow | undefined {
  const start = row * rowBytes;
  const numbers = new DataView(board, start, rowBytes);
  const pid = numbers.getInt32(header.pid, true);
  const mode = modes[numbers.getInt32(header.mode, true)];
  const at = (offset: number) => numbers.getFloat64(offset, true);
  const instants = {
    beatAt: at(header.beatAt),
    tookAt: at(header.tookAt),
    stopAskedAt: at(header.stopAskedAt),
    jobStopAskedAt: at(header.jobStopAskedAt),
    stopHeardAt: at(header.stopHeardAt),
  };
  const counts = {
    finished: at(header.finished),
    failed: at(header.failed),
    privateBytes: at(header.privateBytes),
  };
  const reason = numbers.getInt32(header.notTaking, true);
  if (reason < 0 || reason >= reasons.length) return undefined;
  if (pid <= 0 || mode === undefined || !Object.values(instants).every(isInstant)) return undefined;
  if (!Object.values(counts).every(isCount)) return undefined;
  const words = new Int32Array(board, start, rowBytes / Int32Array.BYTES_PER_ELEMENT);
  const holding: BoardJob[] = [];
  for (let index = 0; index < entryCount; index++) {
    const job = readEntry(numbers, words, entryOffset(index));
    if (job !== undefined) holding.push(job);
  }
  return { pid, mode, notTakingReason: reasons[reason], ...instants, ...counts, holding };
}

/** Empties the row for its next worker. */
export function clearRow(board: ArrayBuffer, row: number): void {
  new Uint8Array(board, row * rowBytes, rowBytes).fill(0);
}

function readEntry(numbers: DataView, words: Int32Array, start: number): BoardJob | undefined {
  // Most entries are free. Plain loads show that, and an entry that is filled meanwhile is read the next time.
  const sequence = words[(start + entry.sequence) / 4] ?? 0;
  if (sequence % 2 === 0 && numbers.getUint16(start + entry.queueBytes, true) === 0) return undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = Atomics.load(words, (start + entry.sequence) / 4);
    const queueBytes = numbers.getUint16(start + entry.queueBytes, true);
    if (queueBytes === 0 && before % 2 === 0) return undefined;
    const idBytes = numbers.getUint16(start + entry.idBytes, true);
    const startedAt = numbers.getFloat64(start + entry.startedAt, true);
    if (queueBytes === 0 || queueBytes + idBytes > textBytes || !isInstant(startedAt)) continue;
    const starts = numbers.getInt32(start + entry.starts, true);
    const stage = stages[numbers.getInt32(start + entry.stage, true)];
    if (stage === undefined) continue;
    const text = Buffer.from(numbers.buffer, numbers.byteOffset + start + entry.text, queueBytes + idBytes);
    const queue = text.toString("utf8", 0, queueBytes);
    const id = text.toString("utf8", queueBytes);
    if (before % 2 === 0 && Atomics.load(words, (start + entry.sequence) / 4) === before)
      return { queue, id, startedAt, stage, ...(starts > 0 && { starts }) };
  }
  return undefined;
}

function isInstant(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
