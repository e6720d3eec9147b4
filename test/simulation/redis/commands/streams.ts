import type { Keyspace } from "../data/keyspace.ts";
import { parseInteger } from "../data/number-text.ts";
import { compareIds, formatId, invalidId, parseId, type StreamEntry, type StreamId } from "../data/stream.ts";
import { type Reply, ReplyError, syntaxError } from "../reply.ts";
import { type CommandTable, word } from "./command.ts";
import { entryReply, readStreams, streamPositions } from "./stream-read.ts";
import { trimOptions } from "./stream-trim.ts";

export const streamCommands: CommandTable = {
  XADD: [-5, "write", add],
  XTRIM: [-4, "write", trim],
  XLEN: [2, "read", (keys, [key = ""]) => keys.read(key, "stream")?.entries.length ?? 0],
  XDEL: [-3, "write", remove],
  XRANGE: [-4, "read", (keys, args) => range(keys, args, false)],
  XREVRANGE: [-4, "read", (keys, args) => range(keys, args, true)],
  XREAD: [-4, "read", readNow],
};

function add(keys: Keyspace, args: readonly string[]): Reply {
  const [key, isOnlyExisting] = [word(args, 0), args[1]?.toUpperCase() === "NOMKSTREAM"];
  const { limit, next } = trimOptions(args, isOnlyExisting ? 2 : 1);
  const [idText, fields] = [word(args, next), args.slice(next + 1)];
  if (fields.length === 0 || fields.length % 2 !== 0)
    throw new ReplyError("ERR wrong number of arguments for 'xadd' command");
  const given =
    idText === "*" ? undefined : idText.endsWith("-*") ? parseId(idText.slice(0, -2), -1) : parseId(idText, 0);
  if (given?.ms === 0 && given.sequence === 0)
    throw new ReplyError("ERR The ID specified in XADD must be greater than 0-0");
  const existing = keys.read(key, "stream");
  if (existing === undefined && isOnlyExisting) return null;
  const lastId = existing?.lastId ?? { ms: 0, sequence: 0 };
  if (given !== undefined && isTooSmall(given, lastId))
    throw new ReplyError("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  const stream = keys.fill(key, "stream");
  const id = given === undefined ? stream.nextId(keys.nowMs) : withSequence(given, lastId);
  stream.add(id, fields);
  if (limit !== undefined) stream.trim(limit.maximum(stream), limit.isApproximate);
  return formatId(id);
}

function isTooSmall(given: StreamId, lastId: StreamId): boolean {
  return given.sequence < 0 ? given.ms < lastId.ms : compareIds(given, lastId) <= 0;
}

function withSequence({ ms, sequence }: StreamId, lastId: StreamId): StreamId {
  if (sequence >= 0) return { ms, sequence };
  return { ms, sequence: ms === lastId.ms ? lastId.sequence + 1 : 0 };
}

function trim(keys: Keyspace, args: readonly string[]): Reply {
  const { limit, next } = trimOptions(args, 1);
  if (limit === undefined || next !== args.length) throw syntaxError();
  const stream = keys.change(word(args, 0), "stream");
  return stream === undefined ? 0 : stream.trim(limit.maximum(stream), limit.isApproximate);
}

/** In a script or a transaction, XREAD never blocks. */
function readNow(keys: Keyspace, args: readonly string[]): Reply {
  const { positions, count } = streamPositions(keys, args);
  return readStreams(keys, positions, count);
}

function remove(keys: Keyspace, args: readonly string[]): Reply {
  const stream = keys.change(word(args, 0), "stream");
  if (stream === undefined) return 0;
  const ids = args.slice(1).map((text) => parseId(text, 0));
  return ids.filter((id) => stream.delete(id)).length;
}

function range(keys: Keyspace, args: readonly string[], isReverse: boolean): Reply {
  const [start, end] = isReverse ? [word(args, 2), word(args, 1)] : [word(args, 1), word(args, 2)];
  const [from, to] = [bound(start, 0), bound(end, Number.MAX_SAFE_INTEGER)];
  if (args.length > 3 && (args[3]?.toUpperCase() !== "COUNT" || args.length !== 5)) throw syntaxError();
  const count = args[4] === undefined ? Infinity : Math.max(0, parseInteger(args[4]));
  const stream = keys.read(word(args, 0), "stream");
  if (stream === undefined) return [];
  if (count === 0) return null;
  const inside =
    ({ id, isExclusive }: Bound, side: 1 | -1) =>
    (entry: StreamEntry) => {
      const order = compareIds(entry, id) * side;
      return isExclusive ? order > 0 : order >= 0;
    };
  const found = stream.entries.slice(stream.position(from.id)).filter(inside(from, 1)).filter(inside(to, -1));
  if (isReverse) found.reverse();
  return found.slice(0, count).map(entryReply);
}

interface Bound {
  readonly id: StreamId;
  readonly isExclusive: boolean;
}

function bound(text: string, missing: number): Bound {
  if (text === "-") return { id: { ms: 0, sequence: 0 }, isExclusive: false };
  if (text === "+") return { id: { ms: Infinity, sequence: 0 }, isExclusive: false };
  const isExclusive = text.startsWith("(");
  if (isExclusive && /^\((?:-|\+)?$/.test(text)) throw invalidId();
  return { id: parseId(isExclusive ? text.slice(1) : text, missing), isExclusive };
}
