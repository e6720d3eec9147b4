import type { JobStage } from "../protocol/job-stage.ts";
import type { NotTakingReason, WorkerMode } from "../protocol/messages.ts";
import {
  entry,
  entryCount,
  entryOffset,
  header,
  headerBytes,
  modes,
  reasons,
  rowBytes,
  stages,
  textBytes,
} from "./layout.ts";

const shortText = 40;
/** UTF-8 needs at most this many bytes for each of a string's characters. */
const mostBytes = 3;

/**
 * Writes a worker's own row. It runs at the start and at the end of each job, so nothing but claim() allocates or makes a system call.
 * Until claim(), it writes to memory of its own: init may have given the worker up, and given the row to another one.
 */
export class RowWriter {
  readonly #board: ArrayBuffer;
  readonly #start: number;
  #bytes: Buffer;
  #numbers: DataView;
  #words: Int32Array;
  readonly #free = Array.from({ length: entryCount }, (_, index) => entryCount - 1 - index);

  constructor(board: ArrayBuffer, row: number) {
    this.#board = board;
    this.#start = row * rowBytes;
    [this.#bytes, this.#numbers, this.#words] = viewsOf(new ArrayBuffer(rowBytes), 0);
  }

  /** Makes the row this process's own, when init has welcomed it. init has emptied the row before. Jobs are taken later. */
  claim(pid: number, now: number): void {
    const shown = this.#bytes.subarray(0, headerBytes);
    [this.#bytes, this.#numbers, this.#words] = viewsOf(this.#board, this.#start);
    this.#bytes.set(shown);
    this.#write(header.beatAt, now);
    this.notTaking("mode", now);
    this.ready(now);
    this.#words[header.pid / 4] = pid;
  }

  /** Where a signal handler writes the time of its signal, once the row is claimed: the board, and an offset in it. */
  addressOf(instant: "stopAskedAt" | "jobStopAskedAt"): readonly [ArrayBuffer, number] {
    return [this.#board, this.#start + header[instant]];
  }

  /** The worker has acted on each TERM and INT that arrived before this instant. */
  stopHeard(now: number): void {
    this.#write(header.stopHeardAt, now);
  }

  beat(now: number): void {
    this.#write(header.beatAt, now);
  }

  mode(mode: WorkerMode): void {
    this.#words[header.mode / 4] = modes.indexOf(mode);
  }

  /** The worker is able to take a job from now on. */
  ready(now: number): void {
    this.#write(header.tookAt, now);
  }

  /** Sets why the worker takes no job; undefined: it takes the next one. */
  notTaking(reason: NotTakingReason | undefined, now: number): void {
    this.#words[header.notTaking / 4] = reasons.indexOf(reason);
    if (reason === undefined) this.ready(now);
  }

  privateBytes(bytes: number): void {
    this.#write(header.privateBytes, bytes);
  }

  counts(finished: number, failed: number): void {
    this.#write(header.finished, finished);
    this.#write(header.failed, failed);
  }

  /** Returns the index of the job's entry; undefined: the job does not fit, and a status update must report it. */
  put(queue: string, id: string, now: number, starts = 0): number | undefined {
    this.#write(header.tookAt, now);
    const index = this.#free.at(-1);
    if (index === undefined || !fits(queue, id)) return undefined;
    this.#free.pop();
    const start = entryOffset(index);
    this.#open(start);
    const queueBytes = this.#text(queue, start + entry.text);
    const idBytes = this.#text(id, start + entry.text + queueBytes);
    this.#numbers.setUint16(start + entry.queueBytes, queueBytes, true);
    this.#numbers.setUint16(start + entry.idBytes, idBytes, true);
    this.#write(start + entry.startedAt, now);
    this.#words[(start + entry.starts) / 4] = starts;
    this.#words[(start + entry.stage) / 4] = 0;
    this.#close(start);
    return index;
  }

  /** The job has started, or waits again for its start, as it did when it was taken. */
  restage(index: number, stage: JobStage, startedAt: number): void {
    const start = entryOffset(index);
    this.#open(start);
    this.#write(start + entry.startedAt, startedAt);
    this.stage(index, stage);
    this.#close(start);
  }

  /** This is a single store, so a reader never sees half of it. */
  stage(index: number, stage: JobStage): void {
    this.#words[(entryOffset(index) + entry.stage) / 4] = stages.indexOf(stage);
  }

  erase(index: number): void {
    const start = entryOffset(index);
    this.#open(start);
    this.#numbers.setUint16(start + entry.queueBytes, 0, true);
    this.#close(start);
    this.#free.push(index);
  }

  /** Returns the number of bytes. For a short text in ASCII, this loop is faster than a call of Buffer's. */
  #text(text: string, start: number): number {
    if (text.length > shortText) return this.#bytes.write(text, start, "utf8");
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code >= 0x80) return this.#bytes.write(text, start, "utf8");
      this.#bytes[start + at] = code;
    }
    return text.length;
  }

  /** Other processes see two stores in order only if one of them is atomic. */
  #open(start: number): void {
    Atomics.add(this.#words, (start + entry.sequence) / 4, 1);
  }

  #close(start: number): void {
    Atomics.add(this.#words, (start + entry.sequence) / 4, 1);
  }

  #write(offset: number, value: number): void {
    this.#numbers.setFloat64(offset, value, true);
  }
}

function viewsOf(memory: ArrayBuffer, start: number): [Buffer, DataView, Int32Array] {
  return [
    Buffer.from(memory, start, rowBytes),
    new DataView(memory, start, rowBytes),
    new Int32Array(memory, start, rowBytes / Int32Array.BYTES_PER_ELEMENT),
  ];
}

function fits(queue: string, id: string): boolean {
  const isShort = (queue.length + id.length) * mostBytes <= textBytes;
  return isShort || Buffer.byteLength(queue) + Buffer.byteLength(id) <= textBytes;
}
