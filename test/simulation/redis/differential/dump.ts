import type { Decoded } from "./decode.ts";
import type { CommandWords, ComparedServer } from "./servers.ts";

const readers: Readonly<Record<string, (key: string) => CommandWords>> = {
  "+string": (key) => ["GET", key],
  "+hash": (key) => ["HGETALL", key],
  "+list": (key) => ["LRANGE", key, "0", "-1"],
  "+set": (key) => ["SMEMBERS", key],
  "+zset": (key) => ["ZRANGE", key, "0", "-1", "WITHSCORES"],
  "+stream": (key) => ["XRANGE", key, "-", "+"],
};

function readCommand(type: Decoded | undefined, key: string): CommandWords {
  return (typeof type === "string" ? readers[type]?.(key) : undefined) ?? ["GET", key];
}

export interface DumpedKey {
  readonly type: Decoded;
  readonly value: Decoded;
  /** -1: it does not expire. */
  readonly leftMs: number;
}

/** Reads every key of a server. */
export async function dump(server: ComparedServer): Promise<Map<string, DumpedKey>> {
  const [listed] = await server.send([["KEYS", "*"]]);
  const names = (listed as { text: string }[]).map(({ text }) => text).toSorted();
  const types = await server.send(names.map((name) => ["TYPE", name]));
  const values = await server.send(names.map((name, at) => readCommand(types[at], name)));
  const left = await server.send(names.map((name) => ["PTTL", name]));
  const at = (name: string, index: number): [string, DumpedKey] => [
    name,
    { type: types[index] ?? null, value: sorted(types[index], values[index] ?? null), leftMs: Number(left[index]) },
  ];
  return new Map(names.map(at));
}

function sorted(type: Decoded | undefined, value: Decoded): Decoded {
  if (type === "+set" && Array.isArray(value)) return value.toSorted(byText);
  if (type !== "+hash") return value;
  const flat = Array.isArray(value) ? value : ((value as { map: Decoded[] }).map ?? []);
  const pairs = Array.from({ length: flat.length / 2 }, (_, at): Decoded[] => [
    flat[2 * at] ?? null,
    flat[2 * at + 1] ?? null,
  ]);
  return pairs.toSorted(byText);
}

export function byText(a: Decoded, b: Decoded): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : Number(one > other);
}
