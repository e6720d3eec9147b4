import type { Keyspace } from "../data/keyspace.ts";
import { readFloat } from "../data/number-text.ts";
import { DoubleReply, notAFloat, type Reply, ReplyError, syntaxError } from "../reply.ts";
import { word } from "./command.ts";

type Flag = "NX" | "XX" | "GT" | "LT" | "CH" | "INCR";

/** ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member …]. */
export function addScored(keys: Keyspace, args: readonly string[]): Reply {
  const flags = new Set<Flag>();
  let first = 1;
  for (; /^(?:NX|XX|GT|LT|CH|INCR)$/i.test(args[first] ?? ""); first++)
    flags.add(word(args, first).toUpperCase() as Flag);
  const words = args.length - first;
  if (words === 0 || words % 2 !== 0) throw syntaxError();
  checkFlags(flags, words);
  const scores: number[] = [];
  for (let at = first; at < args.length; at += 2) scores.push(scoreOf(word(args, at)));
  const key = word(args, 0);
  if (keys.read(key, "zset") === undefined && flags.has("XX")) return flags.has("INCR") ? null : 0;
  let [added, updated] = [0, 0];
  let result: number | null = null;
  for (const [index, given] of scores.entries()) {
    const outcome = addOne(keys, key, given, word(args, first + 2 * index + 1), flags);
    if (outcome.kind === "added") added++;
    if (outcome.kind === "updated") updated++;
    result = outcome.kind === "skipped" ? null : outcome.score;
  }
  keys.settle(key);
  if (flags.has("INCR")) return result === null ? null : new DoubleReply(result);
  return flags.has("CH") ? added + updated : added;
}

export function increaseScore(keys: Keyspace, key: string, by: string, member: string): Reply {
  return addScored(keys, [key, "INCR", by, member]);
}

function addOne(keys: Keyspace, key: string, given: number, member: string, flags: ReadonlySet<Flag>) {
  const set = keys.fill(key, "zset");
  const old = set.score(member);
  const score = flags.has("INCR") && old !== undefined ? old + given : given;
  if (Number.isNaN(score)) throw new ReplyError("ERR resulting score is not a number (NaN)");
  const skipped = { kind: "skipped", score } as const;
  if (old === undefined) {
    if (flags.has("XX")) return skipped;
    // Redis stores -0 as 0, and replies -0 to the command that has added it.
    set.set(member, score + 0);
    return { kind: "added", score } as const;
  }
  if (flags.has("NX") || (flags.has("GT") && score <= old) || (flags.has("LT") && score >= old)) return skipped;
  if (score === old) return { kind: "same", score } as const;
  set.set(member, score + 0);
  return { kind: "updated", score } as const;
}

function checkFlags(flags: ReadonlySet<Flag>, words: number): void {
  const isNew = flags.has("NX");
  if (isNew && flags.has("XX")) throw new ReplyError("ERR XX and NX options at the same time are not compatible");
  if ((flags.has("GT") && (isNew || flags.has("LT"))) || (flags.has("LT") && isNew))
    throw new ReplyError("ERR GT, LT, and/or NX options at the same time are not compatible");
  if (flags.has("INCR") && words > 2) throw new ReplyError("ERR INCR option supports a single increment-element pair");
}

function scoreOf(text: string): number {
  const score = readFloat(text);
  if (score === undefined) throw notAFloat();
  return score;
}
