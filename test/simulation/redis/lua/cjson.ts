import { formatDouble } from "../data/number-text.ts";
import { textArgument } from "./convert.ts";
import { JsonReader } from "./json-reader.ts";
import { LuaError, LuaTable, type LuaValue, nullValue, typeName } from "./values.ts";

export const cjsonLibrary: Readonly<Record<string, LuaValue>> = {
  null: nullValue,
  encode: (value) => encode(value),
  decode: (...args) => new JsonReader(textArgument(args, 1, "decode")).whole(),
};

const maximumDepth = 1_000;

function encode(value: LuaValue, depth = 0): string {
  if (depth > maximumDepth) throw new LuaError("Cannot serialise, excessive depth (1001)");
  if (value === undefined || value === nullValue) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "boolean") return String(value);
  if (value instanceof LuaTable) return encodeTable(value, depth);
  throw new LuaError(`Cannot serialise ${typeName(value)}: type not supported`);
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new LuaError("Cannot serialise number: must not be NaN or Inf");
  return formatDouble(value, 14);
}

function encodeTable(table: LuaTable, depth: number): string {
  const length = arrayLength(table);
  if (length > 0) {
    const items = Array.from({ length }, (_, at) => encode(table.get(at + 1), depth + 1));
    return `[${items.join(",")}]`;
  }
  const members = Array.from(table.pairs(), ([key, item]) => `${encodeKey(key)}:${encode(item, depth + 1)}`);
  return `{${members.join(",")}}`;
}

/** A table whose keys are all positive integers is an array, unless most of it is missing. */
function arrayLength(table: LuaTable): number {
  if (table.hash === undefined || table.hash.size === 0) return table.length;
  let [longest, count] = [0, 0];
  for (const [key] of table.pairs()) {
    if (typeof key !== "number" || key < 1 || !Number.isInteger(key)) return 0;
    longest = Math.max(longest, key);
    count++;
  }
  if (longest > 10 && longest > 2 * count) throw new LuaError("Cannot serialise table: excessively sparse array");
  return longest;
}

function encodeKey(key: LuaValue): string {
  if (typeof key === "number") return `"${encodeNumber(key)}"`;
  if (typeof key === "string") return quote(key);
  throw new LuaError("Cannot serialise table: table key must be a number or string");
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};

function quote(text: string): string {
  const escaped = text.replace(
    // oxlint-disable-next-line no-control-regex -- cjson escapes control characters
    /["\\/\0-\x1f\x7f]/g,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
