import type { Keyspace } from "../data/keyspace.ts";
import { isInteger, parseInteger } from "../data/number-text.ts";
import { formatId, parseId, type StreamEntry, type StreamId } from "../data/stream.ts";
import { type Reply, ReplyError, StreamsReply, syntaxError } from "../reply.ts";
import { word } from "./command.ts";

export interface StreamPosition {
  readonly key: string;
  readonly after: StreamId;
}

/** Reads `[COUNT count] [BLOCK ms] STREAMS key … id …`. */
export function streamPositions(keys: Keyspace, args: readonly string[]) {
  let [count, at] = [Infinity, 0];
  let blockMs: number | undefined;
  for (; args[at]?.toUpperCase() !== "STREAMS"; at += 2) {
    const option = args[at]?.toUpperCase();
    if (at + 1 >= args.length) throw syntaxError();
    const value = word(args, at + 1);
    if (option === "COUNT") count = parseInteger(value) || Infinity;
    else if (option === "BLOCK") blockMs = timeout(value);
    else throw syntaxError();
  }
  const words = args.slice(at + 1);
  if (words.length === 0 || words.length % 2 !== 0)
    throw new ReplyError("ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.");
  const names = words.slice(0, words.length / 2);
  const positions = names.map((key, index): StreamPosition => {
    const id = word(words, names.length + index);
    const stream = keys.read(key, "stream");
    return { key, after: id === "$" ? (stream?.lastId ?? { ms: 0, sequence: 0 }) : parseId(id, 0) };
  });
  return { positions, count: count < 0 ? Infinity : count, blockMs };
}

function timeout(text: string): number {
  if (!isInteger(text)) throw new ReplyError("ERR timeout is not an integer or out of range");
  if (Number(text) < 0) throw new ReplyError("ERR timeout is negative");
  return Number(text);
}

/** The entries after these positions, or null if there are none. */
export function readStreams(keys: Keyspace, positions: readonly StreamPosition[], count: number): Reply {
  const found = positions.flatMap(({ key, after }): [Reply, Reply][] => {
    const stream = keys.read(key, "stream");
    if (stream === undefined) return [];
    const start = stream.position({ ms: after.ms, sequence: after.sequence + 1 });
    const entries = stream.entries.slice(start, start + count);
    return entries.length === 0 ? [] : [[key, entries.map(entryReply)]];
  });
  return found.length === 0 ? null : new StreamsReply(found);
}

export function entryReply(entry: StreamEntry): Reply {
  return [formatId(entry), [...entry.fields]];
}
