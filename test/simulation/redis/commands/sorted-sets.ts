import type { Keyspace } from "../data/keyspace.ts";
import { formatScore, parseInteger, parsePositive } from "../data/number-text.ts";
import { type Scored, SortedSet } from "../data/sorted-set.ts";
import { DoubleReply, PairsReply, type Reply, ReplyError, syntaxError } from "../reply.ts";
import { type CommandTable, word } from "./command.ts";
import { rangeOf } from "./range.ts";
import { scanOptions } from "./scan.ts";
import {
  limited,
  type Positions,
  positionsByMember,
  positionsByScore,
  type RangeOptions,
  rangeOptions,
} from "./score-range.ts";
import { addScored, increaseScore } from "./sorted-set-add.ts";

const none = new SortedSet();

export const sortedSetCommands: CommandTable = {
  ZADD: [-4, "write", addScored],
  ZINCRBY: [4, "write", (keys, [key = "", by = "", member = ""]) => increaseScore(keys, key, by, member)],
  ZREM: [-3, "write", remove],
  ZCARD: [2, "read", (keys, [key = ""]) => read(keys, key).size],
  ZSCORE: [3, "read", (keys, [key = "", member = ""]) => scoreReply(read(keys, key).score(member))],
  ZMSCORE: [
    -3,
    "read",
    (keys, [key = "", ...members]) => members.map((member) => scoreReply(read(keys, key).score(member))),
  ],
  ZRANK: [3, "read", (keys, [key = "", member = ""]) => read(keys, key).rank(member) ?? null],
  ZREVRANK: [3, "read", reverseRank],
  ZCOUNT: [4, "read", (keys, [key = "", ...bounds]) => size(byScore(keys, key, bounds))],
  ZLEXCOUNT: [4, "read", (keys, [key = "", ...bounds]) => size(byMember(keys, key, bounds))],
  ZRANGE: [-4, "read", (keys, args) => range(keys, args, {})],
  ZREVRANGE: [-4, "read", (keys, args) => range(keys, args, { by: "index", isReverse: true })],
  ZRANGEBYSCORE: [-4, "read", (keys, args) => range(keys, args, { by: "score" })],
  ZREVRANGEBYSCORE: [-4, "read", (keys, args) => range(keys, args, { by: "score", isReverse: true })],
  ZRANGEBYLEX: [-4, "read", (keys, args) => range(keys, args, { by: "member" })],
  ZREVRANGEBYLEX: [-4, "read", (keys, args) => range(keys, args, { by: "member", isReverse: true })],
  ZPOPMIN: [-2, "write", (keys, args) => pop(keys, args, false)],
  ZPOPMAX: [-2, "write", (keys, args) => pop(keys, args, true)],
  ZREMRANGEBYRANK: [
    4,
    "write",
    (keys, [key = "", ...bounds]) => removeRange(keys, key, byIndex(keys, key, bounds, false)),
  ],
  ZREMRANGEBYSCORE: [4, "write", (keys, [key = "", ...bounds]) => removeRange(keys, key, byScore(keys, key, bounds))],
  ZREMRANGEBYLEX: [4, "write", (keys, [key = "", ...bounds]) => removeRange(keys, key, byMember(keys, key, bounds))],
  ZSCAN: [-3, "read", scanSortedSet],
};

function read(keys: Keyspace, key: string): SortedSet {
  return keys.read(key, "zset") ?? none;
}

export function scoreReply(score: number | undefined): Reply {
  return score === undefined ? null : new DoubleReply(score);
}

function pairsOf(entries: readonly Scored[]): Reply {
  return new PairsReply(entries.map(({ member, score }) => [member, new DoubleReply(score)]));
}

function size({ from, to }: Positions): number {
  return to - from;
}

function byIndex(
  keys: Keyspace,
  key: string,
  [start = "", stop = ""]: readonly string[],
  isReverse: boolean,
): Positions {
  const [first, last] = [parseInteger(start), parseInteger(stop)];
  const length = read(keys, key).size;
  const [from, to] = rangeOf(first, last, length);
  return isReverse ? { from: length - to, to: length - from } : { from, to };
}

function byScore(keys: Keyspace, key: string, [minimum = "", maximum = ""]: readonly string[]): Positions {
  positionsByScore(none, minimum, maximum);
  return positionsByScore(read(keys, key), minimum, maximum);
}

function byMember(keys: Keyspace, key: string, [minimum = "", maximum = ""]: readonly string[]): Positions {
  positionsByMember(none, minimum, maximum);
  return positionsByMember(read(keys, key), minimum, maximum);
}

function remove(keys: Keyspace, args: readonly string[]): Reply {
  const key = word(args, 0);
  const set = keys.change(key, "zset");
  if (set === undefined) return 0;
  let count = 0;
  for (let at = 1; at < args.length; at++) if (set.delete(word(args, at))) count++;
  keys.settle(key);
  return count;
}

function reverseRank(keys: Keyspace, [key = "", member = ""]: readonly string[]): Reply {
  const rank = read(keys, key).rank(member);
  return rank === undefined ? null : read(keys, key).size - 1 - rank;
}

function range(keys: Keyspace, args: readonly string[], fixed: Partial<RangeOptions>): Reply {
  const options = rangeOptions(args.slice(3), fixed);
  const { by, isReverse, limit } = options;
  if (by === "index" && limit !== undefined)
    throw new ReplyError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  if (by === "member" && options.withScores) {
    throw fixed.by === undefined
      ? new ReplyError("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
      : syntaxError();
  }
  const key = word(args, 0);
  // A reverse range by score or member names its maximum first.
  const bounds = isReverse && by !== "index" ? [word(args, 2), word(args, 1)] : [word(args, 1), word(args, 2)];
  let found =
    by === "index" ? byIndex(keys, key, bounds, isReverse) : (by === "score" ? byScore : byMember)(keys, key, bounds);
  if (limit !== undefined) found = limited(found, ...limit, isReverse);
  const entries = read(keys, key).all.slice(found.from, found.to);
  if (isReverse) entries.reverse();
  return options.withScores ? pairsOf(entries) : entries.map(({ member }) => member);
}

function pop(keys: Keyspace, [key = "", count, surplus]: readonly string[], isMaximum: boolean): Reply {
  if (surplus !== undefined) throw syntaxError();
  const wanted = count === undefined ? 1 : parsePositive(count);
  const popped = popScored(keys, key, wanted, isMaximum);
  if (count !== undefined) return pairsOf(popped);
  return popped.flatMap(({ member, score }) => [member, new DoubleReply(score)]);
}

export function popScored(keys: Keyspace, key: string, count: number, isMaximum: boolean): Scored[] {
  const set = keys.change(key, "zset");
  if (set === undefined) return [];
  const popped = isMaximum
    ? set.removeRange(Math.max(0, set.size - count), count).toReversed()
    : set.removeRange(0, count);
  keys.settle(key);
  return popped;
}

function removeRange(keys: Keyspace, key: string, { from, to }: Positions): Reply {
  const removed = keys.change(key, "zset")?.removeRange(from, to - from) ?? [];
  keys.settle(key);
  return removed.length;
}

function scanSortedSet(keys: Keyspace, [key = "", ...args]: readonly string[]): Reply {
  const { match } = scanOptions(args);
  const entries = read(keys, key).all.filter(({ member }) => match(member));
  return ["0", entries.flatMap(({ member, score }) => [member, formatScore(score)])];
}
