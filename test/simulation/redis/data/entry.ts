import { SortedSet } from "./sorted-set.ts";
import { Stream } from "./stream.ts";

/** What a key holds, by its type as the TYPE command names it. */
export interface Values {
  string: string;
  hash: Map<string, string>;
  list: string[];
  set: Set<string>;
  zset: SortedSet;
  stream: Stream;
}

export type Kind = keyof Values;

export interface Entry<K extends Kind = Kind> {
  readonly kind: K;
  value: Values[K];
  expiresAtMs: number | undefined;
}

const empty: { [K in Kind]: () => Values[K] } = {
  string: () => "",
  hash: () => new Map(),
  list: () => [],
  set: () => new Set(),
  zset: () => new SortedSet(),
  stream: () => new Stream(),
};

export function newEntry<K extends Kind>(kind: K): Entry<K> {
  return { kind, value: empty[kind](), expiresAtMs: undefined };
}

export function copyEntry({ kind, value, expiresAtMs }: Entry): Entry {
  return { kind, value: copyValue(value), expiresAtMs };
}

function copyValue(value: Values[Kind]): Values[Kind] {
  if (typeof value === "string") return value;
  if (value instanceof Map) return new Map(value);
  if (value instanceof Set) return new Set(value);
  if (value instanceof SortedSet) return new SortedSet(value);
  return value instanceof Stream ? new Stream(value) : [...value];
}

/** Redis deletes a key with its last element, except for a stream. */
export function isEmpty({ value }: Entry): boolean {
  if (typeof value === "string" || value instanceof Stream) return false;
  return (Array.isArray(value) ? value.length : value.size) === 0;
}
