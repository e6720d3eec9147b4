import type { Keyspace } from "../data/keyspace.ts";
import { isInteger, parseInteger } from "../data/number-text.ts";
import { type Reply, ReplyError, syntaxError } from "../reply.ts";
import { word } from "./command.ts";

/** LPOS key element [RANK rank] [COUNT count] [MAXLEN length]. */
export function positions(keys: Keyspace, args: readonly string[]): Reply {
  const { rank, count, maximum } = positionOptions(args);
  const list = keys.read(word(args, 0), "list");
  if (list === undefined) return count === undefined ? null : [];
  const found: number[] = [];
  const wanted = count === 0 ? Infinity : (count ?? 1);
  let toSkip = Math.abs(rank) - 1;
  const compared = maximum === 0 ? list.length : Math.min(maximum, list.length);
  for (let step = 0; step < compared && found.length < wanted; step++) {
    const at = rank > 0 ? step : list.length - 1 - step;
    if (list[at] === word(args, 1) && toSkip-- <= 0) found.push(at);
  }
  return count === undefined ? (found[0] ?? null) : found;
}

function positionOptions(args: readonly string[]) {
  let [rank, maximum] = [1, 0];
  let count: number | undefined;
  for (let at = 2; at < args.length; at += 2) {
    const option = word(args, at).toUpperCase();
    const value = args[at + 1];
    if (value === undefined) throw syntaxError();
    if (option === "RANK") rank = parseInteger(value);
    else if (option === "COUNT") count = notNegative(value, "COUNT");
    else if (option === "MAXLEN") maximum = notNegative(value, "MAXLEN");
    else throw syntaxError();
    if (rank === 0)
      throw new ReplyError(
        "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
      );
  }
  return { rank, count, maximum };
}

function notNegative(text: string, option: string): number {
  if (!isInteger(text) || text.startsWith("-")) throw new ReplyError(`ERR ${option} can't be negative`);
  return Number(text);
}
