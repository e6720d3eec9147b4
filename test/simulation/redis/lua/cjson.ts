import { formatDouble } from "../data/number-text.ts";
import { textArgument } from "./convert.ts";
import { LuaError, LuaTable, type LuaValue, nullValue, typeName } from "./values.ts";

export const cjsonLibrary: Readonly<Record<string, LuaValue>> = {
  null: nullValue,
  encode: (value) => encode(value),
  decode: (...args) => decode(textArgument(args, 1, "decode")),
};

const maximumDepth = 1_000;

function decode(text: string): LuaValue {
  let parsed: unknown;
  try {
    parsed = JSON.parse(withoutByteEscapes(text));
  } catch {
    throw new LuaError(problemOf(text));
  }
  return toLua(parsed);
}

/** After JSON.parse, a character that `\u00e9` stood for would look like a byte. */
function withoutByteEscapes(text: string): string {
  if (!text.includes("\\u00")) return text;
  return text.replace(/\\(?:u00([89a-f][0-9a-f])|.)/gis, (escape, code?: string) =>
    code === undefined
      ? escape
      : Buffer.from(String.fromCharCode(Number.parseInt(code, 16)), "utf8").toString("latin1"),
  );
}

/** cjson's most frequent complaints. Scripts only check that there is one. */
function problemOf(text: string): string {
  if (text.trim() === "") return "Expected value but found T_END at character 1";
  return "Expected value but found invalid token at character 1";
}

function toLua(value: unknown): LuaValue {
  if (value === null) return nullValue;
  if (typeof value === "string") return toBytes(value);
  if (typeof value !== "object") return value as number | boolean;
  const table = new LuaTable();
  if (Array.isArray(value)) for (const item of value) table.list.push(toLua(item));
  else for (const [key, item] of Object.entries(value)) table.set(toBytes(key), toLua(item));
  return table;
}

/** The text that was parsed has one character for each byte, except for what `\u1234` stood for. */
function toBytes(text: string): string {
  return text.replace(/[^\0-\xff]+|[\x80-\xff]+/g, (characters) =>
    characters.charCodeAt(0) > 0xff ? Buffer.from(characters, "utf8").toString("latin1") : characters,
  );
}

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
  const isArray = table.length > 0 && (table.hash?.size ?? 0) === 0;
  if (isArray) return `[${table.list.map((item) => encode(item, depth + 1)).join(",")}]`;
  const members = Array.from(table.pairs(), ([key, item]) => `${encodeKey(key)}:${encode(item, depth + 1)}`);
  return `{${members.join(",")}}`;
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
    // oxlint-disable-next-line no-control-regex
    /["\\/\0-\x1f\x7f]/g,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
