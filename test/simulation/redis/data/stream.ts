import { ReplyError } from "../reply.ts";

export interface StreamId {
  readonly ms: number;
  readonly sequence: number;
}

export interface StreamEntry extends StreamId {
  /** name, value, name, value … */
  readonly fields: readonly string[];
}

/** Redis stores a stream in nodes of at most this many entries, and an approximate trim removes whole nodes only. */
const nodeEntries = 100;

export class Stream {
  readonly entries: StreamEntry[];
  lastId: StreamId;
  entriesAdded: number;
  /** How many entries the first node has lost to deletions and exact trims. */
  #firstNodeLeft: number;

  constructor(from?: Stream) {
    this.entries = from === undefined ? [] : [...from.entries];
    this.lastId = from?.lastId ?? { ms: 0, sequence: 0 };
    this.entriesAdded = from?.entriesAdded ?? 0;
    this.#firstNodeLeft = from === undefined ? 0 : from.#firstNodeLeft;
  }

  add(id: StreamId, fields: readonly string[]): void {
    this.entries.push({ ...id, fields });
    this.lastId = id;
    this.entriesAdded++;
  }

  /** The id that `*` gives: the time, or the last id's successor if the clock has gone back. */
  nextId(nowMs: number): StreamId {
    if (nowMs > this.lastId.ms) return { ms: nowMs, sequence: 0 };
    return { ms: this.lastId.ms, sequence: this.lastId.sequence + 1 };
  }

  trim(maximum: number, isApproximate: boolean): number {
    let count = Math.max(0, this.entries.length - maximum);
    if (isApproximate) {
      const first = nodeEntries - this.#firstNodeLeft;
      count = count < first ? 0 : first + Math.floor((count - first) / nodeEntries) * nodeEntries;
    }
    this.#dropFirst(count);
    return count;
  }

  delete(id: StreamId): boolean {
    const at = this.entries.findIndex((entry) => compareIds(entry, id) === 0);
    if (at < 0) return false;
    this.entries.splice(at, 1);
    if (at < nodeEntries - this.#firstNodeLeft) this.#firstNodeLeft = (this.#firstNodeLeft + 1) % nodeEntries;
    return true;
  }

  /** The position of the first entry that is not before this id. */
  position(id: StreamId): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareIds(this.entries[middle] as StreamEntry, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropFirst(count: number): void {
    this.entries.splice(0, count);
    this.#firstNodeLeft = this.entries.length === 0 ? 0 : (this.#firstNodeLeft + count) % nodeEntries;
  }
}

export function compareIds(one: StreamId, other: StreamId): number {
  return one.ms - other.ms || one.sequence - other.sequence;
}

export function formatId({ ms, sequence }: StreamId): string {
  return `${ms}-${sequence}`;
}

const id = /^\s*\+?([0-9]+)(?:-\s*\+?([0-9]+))?$/;
const limit = 2 ** 64;

/** Parses `1-2`, or `1`, whose sequence is then `missing`. Numbers beyond 2^53 are not exact. */
export function parseId(text: string, missing: number): StreamId {
  const match = id.exec(text);
  const [ms, sequence] = [Number(match?.[1]), match?.[2] === undefined ? missing : Number(match[2])];
  if (match === null || ms >= limit || sequence >= limit) throw invalidId();
  return { ms, sequence };
}

export const invalidId = () => new ReplyError("ERR Invalid stream ID specified as stream command argument");
