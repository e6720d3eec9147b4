import { numberArgument, textArgument, toText } from "./convert.ts";
import { format } from "./format.ts";
import { findPattern, type Match } from "./patterns.ts";
import { stringMethods } from "./string-methods.ts";
import { all, first, isTrue, LuaError, type LuaResult, LuaTable, type LuaValue } from "./values.ts";

const specials = /[\^$*+?.([%-]/;

const library: Readonly<Record<string, LuaValue>> = {
  len: (...args) => textArgument(args, 1, "len").length,
  sub: (...args) =>
    sub(textArgument(args, 1, "sub"), numberArgument(args, 2, "sub"), numberArgument(args, 3, "sub", -1)),
  upper: (...args) => textArgument(args, 1, "upper").replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  lower: (...args) => textArgument(args, 1, "lower").replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  rep: (...args) => textArgument(args, 1, "rep").repeat(Math.max(0, Math.trunc(numberArgument(args, 2, "rep")))),
  reverse: (...args) => textArgument(args, 1, "reverse").split("").toReversed().join(""),
  byte: (...args) => bytes(args),
  char: (...args) => args.map((_, at) => String.fromCharCode(numberArgument(args, at + 1, "char"))).join(""),
  format: (...args) => format(args),
  find: (...args) => find(args, "find"),
  match: (...args) => find(args, "match"),
  gmatch: (...args) => everyMatch(args),
  gsub: (...args) => replace(args),
};

export function fillStringMethods(): void {
  for (const [name, method] of Object.entries(library)) stringMethods.set(name, method);
}

function sub(text: string, start: number, stop: number): string {
  const from = start < 0 ? Math.max(0, text.length + Math.trunc(start)) : Math.max(0, Math.trunc(start) - 1);
  const to = stop < 0 ? text.length + Math.trunc(stop) + 1 : Math.trunc(stop);
  return to <= from ? "" : text.slice(from, to);
}

function bytes(args: LuaValue[]): LuaResult {
  const text = textArgument(args, 1, "byte");
  const from = numberArgument(args, 2, "byte", 1);
  const part = sub(text, from, numberArgument(args, 3, "byte", from));
  return part === "" ? undefined : part.split("").map((character) => character.charCodeAt(0));
}

function find(args: LuaValue[], name: "find" | "match"): LuaResult {
  const [text, pattern] = [textArgument(args, 1, name), textArgument(args, 2, name)];
  const given = Math.trunc(numberArgument(args, 3, name, 1));
  const from = given < 0 ? Math.max(0, text.length + given) : Math.max(0, given - 1);
  if (from > text.length) return undefined;
  if (name === "find" && (isTrue(args[3]) || !specials.test(pattern))) {
    const at = text.indexOf(pattern, from);
    return at < 0 ? undefined : [at + 1, at + pattern.length];
  }
  const match = findPattern(text, pattern, from);
  if (match === undefined) return undefined;
  return name === "find" ? [match.start + 1, match.end, ...match.captures] : captured(text, match);
}

/** The captures, or the whole match if the pattern has none. */
function captured(text: string, { start, end, captures }: Match): LuaValue[] {
  return captures.length > 0 ? captures : [text.slice(start, end)];
}

function everyMatch(args: LuaValue[]): LuaResult {
  const [text, pattern] = [textArgument(args, 1, "gmatch"), textArgument(args, 2, "gmatch")];
  let at = 0;
  return () => {
    const match = at > text.length ? undefined : findPattern(text, pattern, at);
    if (match === undefined) return undefined;
    at = match.end === match.start ? match.end + 1 : match.end;
    return captured(text, match);
  };
}

function replace(args: LuaValue[]): LuaResult {
  const [text, pattern] = [textArgument(args, 1, "gsub"), textArgument(args, 2, "gsub")];
  const limit = numberArgument(args, 4, "gsub", Infinity);
  let [result, at, count] = ["", 0, 0];
  while (count < limit && at <= text.length) {
    const match = findPattern(text, pattern, at);
    if (match === undefined) break;
    count++;
    result += text.slice(at, match.start) + replacement(args[2], text, match);
    at = match.end;
    if (match.end === match.start) result += text[at++] ?? "";
    if (pattern.startsWith("^")) break;
  }
  return [result + text.slice(at), count];
}

function replacement(by: LuaValue, text: string, match: Match): string {
  const whole = text.slice(match.start, match.end);
  const captures = captured(text, match);
  const value =
    by instanceof LuaTable
      ? by.get(captures[0])
      : typeof by === "function"
        ? first(all(by(...captures)))
        : (toText(by) ?? "").replace(/%(.)/gs, (_, sign: string) =>
            sign === "0" ? whole : (toText(captures[Number(sign) - 1]) ?? sign),
          );
  if (!isTrue(value)) return whole;
  const written = toText(value);
  if (written === undefined) throw new LuaError("invalid replacement value");
  return written;
}
