import { copyEntry, type Entry } from "./entry.ts";

type Key = string;

interface Epoch {
  readonly startMs: number;
  /** What each key that was written in this epoch held when the epoch began. */
  readonly before: Map<Key, Entry | undefined>;
}

const epochMs = 50;

/** Remembers what keys held, so that a failover can lose the last writes. A key is copied at most once an epoch. */
export class UndoLog {
  readonly #keepMs: number;
  #epochs: Epoch[] = [];

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Call before each write. */
  remember(key: Key, entry: Entry | undefined, nowMs: number): void {
    if (this.#keepMs === 0) return;
    let epoch = this.#epochs.at(-1);
    if (epoch === undefined || nowMs >= epoch.startMs + epochMs) {
      epoch = { startMs: nowMs, before: new Map() };
      this.#epochs.push(epoch);
      while ((this.#epochs[0] as Epoch).startMs + epochMs < nowMs - this.#keepMs) this.#epochs.shift();
    }
    if (!epoch.before.has(key)) epoch.before.set(key, entry && copyEntry(entry));
  }

  /** Undoes the writes since about this time, which must not be older than `keepMs`. */
  undoSince(sinceMs: number, entries: Map<Key, Entry>): void {
    while ((this.#epochs.at(-1)?.startMs ?? -Infinity) >= sinceMs) {
      for (const [key, entry] of this.#epochs.pop()?.before ?? []) {
        if (entry === undefined) entries.delete(key);
        else entries.set(key, entry);
      }
    }
  }
}
