import { wrongType } from "../reply.ts";
import { type Entry, isEmpty, type Kind, newEntry, type Values } from "./entry.ts";
import { UndoLog } from "./undo-log.ts";

/** The keys of one database. A command or script sees one time from its beginning to its end. */
export class Keyspace {
  /** The time of the command that runs. */
  nowMs = 0;
  readonly entries = new Map<string, Entry>();
  /** Keys that have received elements, which a blocked client may wait for. */
  readonly filled = new Set<string>();
  readonly #undoLog: UndoLog;

  constructor(undoMs: number) {
    this.#undoLog = new UndoLog(undoMs);
  }

  find(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry?.expiresAtMs === undefined || entry.expiresAtMs > this.nowMs) return entry;
    this.remove(key);
    return undefined;
  }

  /** Returns the key's value to read, or undefined if the key does not exist. Throws if it is of another type. */
  read<K extends Kind>(key: string, kind: K): Values[K] | undefined {
    const entry = this.find(key);
    if (entry === undefined) return undefined;
    if (entry.kind !== kind) throw wrongType();
    return entry.value as Values[K];
  }

  /** Returns the key's value to change, or undefined if the key does not exist. Call `settle` after removing elements. */
  change<K extends Kind>(key: string, kind: K): Values[K] | undefined {
    const value = this.read(key, kind);
    if (value !== undefined) this.#remember(key);
    return value;
  }

  /** Returns the key's value to add to. The key is created if it does not exist. */
  fill<K extends Kind>(key: string, kind: K): Values[K] {
    this.filled.add(key);
    const value = this.change(key, kind);
    if (value !== undefined) return value;
    this.#remember(key);
    const entry = newEntry(kind);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** Deletes the key if its last element has been removed. */
  settle(key: string): void {
    const entry = this.entries.get(key);
    if (entry !== undefined && isEmpty(entry)) this.entries.delete(key);
  }

  setString(key: string, value: string, expiresAtMs: number | undefined): void {
    this.replace(key, { kind: "string", value, expiresAtMs });
  }

  replace(key: string, entry: Entry): void {
    this.#remember(key);
    this.filled.add(key);
    this.entries.set(key, entry);
  }

  setExpiry(key: string, entry: Entry, expiresAtMs: number | undefined): void {
    this.#remember(key);
    entry.expiresAtMs = expiresAtMs;
  }

  remove(key: string): boolean {
    if (!this.entries.has(key)) return false;
    this.#remember(key);
    return this.entries.delete(key);
  }

  /** Every existing key. */
  keys(): string[] {
    return [...this.entries.keys()].filter((key) => this.find(key) !== undefined);
  }

  loseSince(sinceMs: number): void {
    this.#undoLog.undoSince(sinceMs, this.entries);
  }

  #remember(key: string): void {
    this.#undoLog.remember(key, this.entries.get(key), this.nowMs);
  }
}
