import type { NotTakingReason, WorkerMode } from "../protocol/messages.ts";
import { entry, entryCount, entryOffset, header, modes, reasons, rowBytes, textBytes } from "./layout.ts";

/** A worker's own row on the board. Nothing here allocates or calls the system: it is written at each job's start and end. */
export class RowWriter {
  readonly #board: ArrayBuffer;
  readonly #start: number;
  readonly #bytes: Buffer;
  readonly #numbers: DataView;
  readonly #words: Int32Array;
  readonly #free = Array.from({ length: entryCount }, (_, index) => entryCount - 1 - index);

  constructor(board: ArrayBuffer, row: number) {
    const start = row * rowBytes;
    this.#board = board;
    this.#start = start;
    this.#bytes = Buffer.from(board, start, rowBytes);
    this.#numbers = new DataView(board, start, rowBytes);
    this.#words = new Int32Array(board, start, rowBytes / Int32Array.BYTES_PER_ELEMENT);
  }

  /** From here on the row is this process's. init has emptied it. */
  claim(pid: number, now: number): void {
    this.#write(header.beatAt, now);
    this.notTaking("mode", now);
    this.ready(now);
    this.#words[header.pid / 4] = pid;
  }

  /** Where the handler of a signal notes when it came: the board, and an offset in it. */
  addressOf(instant: "stopAskedAt" | "jobStopAskedAt"): readonly [ArrayBuffer, number] {
    return [this.#board, this.#start + header[instant]];
  }

  beat(now: number): void {
    this.#write(header.beatAt, now);
  }

  mode(mode: WorkerMode): void {
    this.#words[header.mode / 4] = modes.indexOf(mode);
  }

  /** It could take a job from now on. */
  ready(now: number): void {
    this.#write(header.tookAt, now);
  }

  /** Whether it takes the next job from now on, and if not, why. */
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

  /** Where it stands now; undefined: it has no room here, and init must be told otherwise. */
  put(queue: string, id: string, now: number, starts = 0): number | undefined {
    this.#write(header.tookAt, now);
    const index = this.#free.at(-1);
    if (index === undefined || Buffer.byteLength(queue) + Buffer.byteLength(id) > textBytes) return undefined;
    this.#free.pop();
    const start = entryOffset(index);
    this.#open(start);
    const queueBytes = this.#bytes.write(queue, start + entry.text, "utf8");
    const idBytes = this.#bytes.write(id, start + entry.text + queueBytes, "utf8");
    this.#numbers.setUint16(start + entry.queueBytes, queueBytes, true);
    this.#numbers.setUint16(start + entry.idBytes, idBytes, true);
    this.#write(start + entry.startedAt, now);
    this.#words[(start + entry.starts) / 4] = starts;
    this.#words[(start + entry.isEnding) / 4] = 0;
    this.#close(start);
    return index;
  }

  /** Its processor has ended. One store: a reader sees it whole. */
  ending(index: number): void {
    this.#words[(entryOffset(index) + entry.isEnding) / 4] = 1;
  }

  erase(index: number): void {
    const start = entryOffset(index);
    this.#open(start);
    this.#numbers.setUint16(start + entry.queueBytes, 0, true);
    this.#close(start);
    this.#free.push(index);
  }

  /** Two stores are seen by others in their order only if one of them is an atomic one. */
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
