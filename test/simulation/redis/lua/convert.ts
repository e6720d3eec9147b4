import { formatDouble, readDouble } from "../data/number-text.ts";
import { LuaError, type LuaFunction, LuaTable, type LuaValue, typeName } from "./values.ts";

export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? readDouble(value.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "")) : undefined;
}

/** A string, or a number as `..` and `tostring` write it; undefined for other values. */
export function toText(value: LuaValue): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" ? formatDouble(value, 14) : undefined;
}

/** As `tostring`. Addresses are left out, because they would differ from run to run. */
export function describe(value: LuaValue): string {
  if (value === undefined) return "nil";
  if (typeof value === "boolean") return String(value);
  return toText(value) ?? `${typeName(value)}: 0x0`;
}

/** What a library function reads its arguments with. `position` counts from 1. */
export function badArgument(position: number, name: string, problem: string): LuaError {
  return new LuaError(`bad argument #${position} to '${name}' (${problem})`);
}

export function numberArgument(args: readonly LuaValue[], position: number, name: string, missing?: number): number {
  const value = args[position - 1];
  if (value === undefined && missing !== undefined) return missing;
  const converted = toNumber(value);
  if (converted === undefined) throw badArgument(position, name, `number expected, got ${given(args, position)}`);
  return converted;
}

export function textArgument(args: readonly LuaValue[], position: number, name: string): string {
  const text = toText(args[position - 1]);
  if (text === undefined) throw badArgument(position, name, `string expected, got ${given(args, position)}`);
  return text;
}

export function tableArgument(args: readonly LuaValue[], position: number, name: string): LuaTable {
  const value = args[position - 1];
  if (!(value instanceof LuaTable)) throw badArgument(position, name, `table expected, got ${given(args, position)}`);
  return value;
}

export function functionArgument(args: readonly LuaValue[], position: number, name: string): LuaFunction {
  const value = args[position - 1];
  if (typeof value !== "function") throw badArgument(position, name, `function expected, got ${given(args, position)}`);
  return value;
}

function given(args: readonly LuaValue[], position: number): string {
  return position > args.length ? "no value" : typeName(args[position - 1]);
}
