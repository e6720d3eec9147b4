import { describe, textArgument } from "./convert.ts";
import { MessageReader } from "./message-reader.ts";
import { LuaError, LuaTable, type LuaValue } from "./values.ts";

export const messagePackLibrary: Readonly<Record<string, LuaValue>> = {
  unpack: (...args) => unpack(textArgument(args, 1, "unpack")),
  pack: (...args) => args.map((value) => pack(value)).join(""),
};

function unpack(text: string): LuaValue[] {
  const reader = new MessageReader(text);
  const values: LuaValue[] = [];
  while (!reader.isAtEnd) values.push(reader.value());
  return values;
}

function pack(value: LuaValue): string {
  if (value === undefined) return "\xc0";
  if (typeof value === "boolean") return value ? "\xc3" : "\xc2";
  if (typeof value === "number") return packNumber(value);
  if (typeof value === "string") return packText(value);
  if (value instanceof LuaTable) return packTable(value);
  throw new LuaError(`cmsgpack cannot pack ${describe(value)}`);
}

function packText(text: string): string {
  const { length } = text;
  if (length < 32) return String.fromCharCode(0xa0 | length) + text;
  if (length < 0x100) return `\xd9${bigEndian(length, 1)}${text}`;
  return (length < 0x10000 ? `\xda${bigEndian(length, 2)}` : `\xdb${bigEndian(length, 4)}`) + text;
}

function packNumber(value: number): string {
  if (!Number.isSafeInteger(value)) {
    const isFloat = Math.fround(value) === value;
    const buffer = Buffer.alloc(isFloat ? 5 : 9);
    buffer.writeUInt8(isFloat ? 0xca : 0xcb);
    if (isFloat) buffer.writeFloatBE(value, 1);
    else buffer.writeDoubleBE(value, 1);
    return buffer.toString("latin1");
  }
  if (value >= 0) {
    if (value < 0x80) return String.fromCharCode(value);
    if (value < 0x100) return `\xcc${bigEndian(value, 1)}`;
    if (value < 0x10000) return `\xcd${bigEndian(value, 2)}`;
    return value < 0x100000000 ? `\xce${bigEndian(value, 4)}` : `\xcf${bigEndian(value, 8)}`;
  }
  if (value >= -32) return String.fromCharCode(0x100 + value);
  if (value >= -0x80) return `\xd0${bigEndian(value, 1)}`;
  if (value >= -0x8000) return `\xd1${bigEndian(value, 2)}`;
  return value >= -0x80000000 ? `\xd2${bigEndian(value, 4)}` : `\xd3${bigEndian(value, 8)}`;
}

function packTable(table: LuaTable): string {
  if ((table.hash?.size ?? 0) === 0) {
    const { length } = table;
    const head = length < 16 ? String.fromCharCode(0x90 | length) : `\xdc${bigEndian(length, 2)}`;
    return head + table.list.map((value) => pack(value)).join("");
  }
  const pairs = [...table.pairs()];
  const head = pairs.length < 16 ? String.fromCharCode(0x80 | pairs.length) : `\xde${bigEndian(pairs.length, 2)}`;
  return head + pairs.map(([key, value]) => pack(key) + pack(value)).join("");
}

function bigEndian(value: number, bytes: number): string {
  const bits = BigInt.asUintN(8 * bytes, BigInt(value));
  return Array.from({ length: bytes }, (_, at) =>
    String.fromCharCode(Number((bits >> BigInt(8 * (bytes - 1 - at))) & 0xffn)),
  ).join("");
}
