import { toNumber, toText } from "./convert.ts";
import { ipairsStep, next } from "./iterators.ts";
import { stringMethods } from "./string-methods.ts";
import { all, LuaError, type LuaFunction, type LuaResult, LuaTable, type LuaValue, typeName } from "./values.ts";

export { all, first, isTrue } from "./values.ts";

/**
 * The operations that compiled scripts call. `where` is the line and the name of the operand, `12|local 'job'`, for the error
 * message.
 */
function fail(action: string, where: string, value: LuaValue): LuaError {
  const [line = "", name = ""] = where.split("|");
  const given = name === "" ? `a ${typeName(value)} value` : `${name} (a ${typeName(value)} value)`;
  return new LuaError(`user_script:${line}: attempt to ${action} ${given}`);
}

export function index(table: LuaValue, key: LuaValue, where: string): LuaValue {
  if (table instanceof LuaTable) return table.get(key);
  if (typeof table === "string") return stringMethods.get(key);
  throw fail("index", where, table);
}

export function setIndex(table: LuaValue, key: LuaValue, value: LuaValue, where: string): void {
  if (!(table instanceof LuaTable)) throw fail("index", where, table);
  if (key === undefined) throw new LuaError(`user_script:${where.split("|")[0] ?? ""}: table index is nil`);
  if (readOnly.has(table))
    throw new LuaError(`user_script:${where.split("|")[0] ?? ""}: Attempt to modify a readonly table`);
  table.set(key, value);
}

/** Tables of libraries, which Redis protects. */
export const readOnly = new WeakSet<LuaTable>();

/** The line of the last call, for errors of what was called. */
export const position = { line: "" };

export function callable(value: LuaValue, where: string): LuaFunction {
  position.line = where;
  if (typeof value === "function") return value;
  throw fail("call", where, value);
}

export function length(value: LuaValue, where: string): number {
  if (typeof value === "string" || value instanceof LuaTable) return value.length;
  throw fail("get length of", where, value);
}

export function concat(a: LuaValue, b: LuaValue, left: string, right: string): string {
  if (typeof a === "string" && typeof b === "string") return a + b;
  const [one, other] = [toText(a), toText(b)];
  if (one === undefined) throw fail("concatenate", left, a);
  if (other === undefined) throw fail("concatenate", right, b);
  return one + other;
}

function operand(value: LuaValue, where: string): number {
  const number = toNumber(value);
  if (number === undefined) throw fail("perform arithmetic on", where, value);
  return number;
}

export function add(a: LuaValue, b: LuaValue, left: string, right: string): number {
  return typeof a === "number" && typeof b === "number" ? a + b : operand(a, left) + operand(b, right);
}

export function subtract(a: LuaValue, b: LuaValue, left: string, right: string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : operand(a, left) - operand(b, right);
}

export function multiply(a: LuaValue, b: LuaValue, left: string, right: string): number {
  return operand(a, left) * operand(b, right);
}

export function divide(a: LuaValue, b: LuaValue, left: string, right: string): number {
  return operand(a, left) / operand(b, right);
}

/** Lua's remainder has the sign of the divisor. */
export function modulo(a: LuaValue, b: LuaValue, left: string, right: string): number {
  const [dividend, divisor] = [operand(a, left), operand(b, right)];
  return dividend - Math.floor(dividend / divisor) * divisor;
}

export function power(a: LuaValue, b: LuaValue, left: string, right: string): number {
  return operand(a, left) ** operand(b, right);
}

export function negate(a: LuaValue, where: string): number {
  return -operand(a, where);
}

export function isLess(a: LuaValue, b: LuaValue, where: string): boolean {
  if (typeof a === "number" && typeof b === "number") return a < b;
  if (typeof a === "string" && typeof b === "string") return a < b;
  throw compareError(a, b, where);
}

export function isLessOrEqual(a: LuaValue, b: LuaValue, where: string): boolean {
  if (typeof a === "number" && typeof b === "number") return a <= b;
  if (typeof a === "string" && typeof b === "string") return a <= b;
  throw compareError(a, b, where);
}

export function isGreater(a: LuaValue, b: LuaValue, where: string): boolean {
  return isLess(b, a, where);
}

export function isGreaterOrEqual(a: LuaValue, b: LuaValue, where: string): boolean {
  return isLessOrEqual(b, a, where);
}

function compareError(a: LuaValue, b: LuaValue, where: string): LuaError {
  const [one, other] = [typeName(a), typeName(b)];
  const kinds = one === other ? `two ${one} values` : `${one} with ${other}`;
  return new LuaError(`user_script:${where}: attempt to compare ${kinds}`);
}

export function loopNumber(value: LuaValue, what: "initial" | "limit" | "step", where: string): number {
  const number = toNumber(value);
  if (number === undefined) {
    const name = what === "initial" ? "initial value" : what;
    throw new LuaError(`user_script:${where}: 'for' ${name} must be a number`);
  }
  return number;
}

/** A table constructor: `list` are its elements, `entries` its other keys and values. */
export function construct(list: LuaValue[], entries: readonly LuaValue[]): LuaTable {
  const table = new LuaTable(list);
  for (let at = 0; at < entries.length; at += 2) table.set(entries[at], entries[at + 1]);
  return table;
}

/** Returns a function that returns the next values of a generic `for`, and undefined at its end. */
export function iteration([step, state, control]: readonly LuaValue[]): () => LuaValue[] | undefined {
  if (step === ipairsStep) return elements(state as LuaTable);
  if (step === next) {
    const pairs = (state as LuaTable).pairs();
    return () => pairs.next().value ?? undefined;
  }
  let last = control;
  const call = callable(step, "0|");
  return () => {
    const results = all(call(state, last));
    last = results[0];
    return last === undefined ? undefined : results;
  };
}

function elements(table: LuaTable): () => LuaValue[] | undefined {
  let at = 0;
  return () => {
    const value = table.get(++at);
    return value === undefined ? undefined : [at, value];
  };
}

/** The results of several expressions, of which the last may have several itself. */
export function join(values: LuaValue[], last: LuaResult): LuaValue[] {
  if (Array.isArray(last)) values.push(...last);
  else values.push(last);
  return values;
}
