import { parseInteger, readDouble } from "../data/number-text.ts";
import type { Scored, SortedSet } from "../data/sorted-set.ts";
import { ReplyError, syntaxError } from "../reply.ts";

/** The positions from `from` up to, not including, `to`. */
export interface Positions {
  readonly from: number;
  readonly to: number;
}

/** By score: `1`, `(1`, `-inf`, `+inf`. */
export function positionsByScore(set: SortedSet, minimum: string, maximum: string): Positions {
  const [low, high] = [scoreBound(minimum), scoreBound(maximum)];
  return between(
    set,
    ({ score }) => (low.isExclusive ? score > low.score : score >= low.score),
    ({ score }) => (high.isExclusive ? score >= high.score : score > high.score),
  );
}

function scoreBound(text: string) {
  const isExclusive = text.startsWith("(");
  // Redis takes an empty bound for 0.
  const score = readDouble((isExclusive ? text.slice(1) : text).trimStart() || "0");
  if (score === undefined || Number.isNaN(score)) throw new ReplyError("ERR min or max is not a float");
  return { score, isExclusive };
}

/** By member, for members of the same score: `[a`, `(a`, `-`, `+`. */
export function positionsByMember(set: SortedSet, minimum: string, maximum: string): Positions {
  checkMemberBound(minimum);
  checkMemberBound(maximum);
  return between(
    set,
    ({ member }) => isAfterStart(member, minimum),
    ({ member }) => !isBeforeEnd(member, maximum),
  );
}

function isAfterStart(member: string, bound: string): boolean {
  if (bound === "-" || bound === "+") return bound === "-";
  return bound[0] === "[" ? member >= bound.slice(1) : member > bound.slice(1);
}

function isBeforeEnd(member: string, bound: string): boolean {
  if (bound === "-" || bound === "+") return bound === "+";
  return bound[0] === "[" ? member <= bound.slice(1) : member < bound.slice(1);
}

function checkMemberBound(bound: string): void {
  if (bound !== "-" && bound !== "+" && !/^[[(]/.test(bound))
    throw new ReplyError("ERR min or max not valid string range item");
}

function between(set: SortedSet, isIn: (entry: Scored) => boolean, isPast: (entry: Scored) => boolean): Positions {
  const from = firstPosition(set, isIn);
  return { from, to: Math.max(from, firstPosition(set, isPast)) };
}

/** The first position for which this holds. It must hold for every later one as well. */
function firstPosition({ all }: SortedSet, holds: (entry: Scored) => boolean): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(all[middle] as Scored)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Applies LIMIT offset count to positions, from the end if `isReverse`. */
export function limited({ from, to }: Positions, offset: number, count: number, isReverse: boolean): Positions {
  if (offset < 0) return { from, to: from };
  const length = count < 0 ? Infinity : count;
  return isReverse
    ? { from: Math.max(from, to - offset - length), to: Math.max(from, to - offset) }
    : { from: Math.min(to, from + offset), to: Math.min(to, from + offset + length) };
}

export interface RangeOptions {
  readonly withScores: boolean;
  readonly limit: readonly [offset: number, count: number] | undefined;
  readonly by: "index" | "score" | "member";
  readonly isReverse: boolean;
}

const noOptions: RangeOptions = { withScores: false, limit: undefined, by: "index", isReverse: false };

export function rangeOptions(words: readonly string[], fixed: Partial<RangeOptions>): RangeOptions {
  const options: { -readonly [K in keyof RangeOptions]: RangeOptions[K] } = { ...noOptions, ...fixed };
  for (let at = 0; at < words.length; at++) {
    const option = words[at]?.toUpperCase();
    const isFree = fixed.by === undefined;
    if (option === "WITHSCORES") options.withScores = true;
    else if (option === "LIMIT" && words.length > at + 2)
      options.limit = [parseInteger(words[++at] ?? ""), parseInteger(words[++at] ?? "")];
    else if (option === "REV" && isFree) options.isReverse = true;
    else if (option === "BYSCORE" && isFree) options.by = "score";
    else if (option === "BYLEX" && isFree) options.by = "member";
    else throw syntaxError();
  }
  return options;
}
