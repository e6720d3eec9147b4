import { describe, functionArgument, numberArgument, tableArgument, toNumber, toText } from "./convert.ts";
import { ipairs, next, pairs } from "./iterators.ts";
import { all, isTrue, LuaError, type LuaResult, LuaTable, type LuaValue, typeName } from "./values.ts";

export const baseLibrary: Readonly<Record<string, LuaValue>> = {
  next,
  pairs,
  ipairs,
  type: (value) => typeName(value),
  tostring: (value) => describe(value),
  tonumber: (...args) => convert(args),
  unpack: (...args) => unpack(args),
  select: (...args) => select(args),
  error: (value) => {
    throw new LuaError(value);
  },
  assert: (...args) => {
    if (!isTrue(args[0])) throw new LuaError(args[1] ?? "assertion failed!");
    return args;
  },
  pcall: (...args) => protectedCall(args),
  rawget: (...args) => tableArgument(args, 1, "rawget").get(args[1]),
  rawset: (...args) => {
    tableArgument(args, 1, "rawset").set(args[1], args[2]);
    return args[0];
  },
  rawequal: (a, b) => a === b,
};

function convert(args: readonly LuaValue[]): LuaResult {
  if (args.length === 0) throw new LuaError("bad argument #1 to 'tonumber' (value expected)");
  const base = numberArgument(args, 2, "tonumber", 10);
  if (base === 10) return toNumber(args[0]);
  const digits = (toText(args[0]) ?? "").trim();
  const number = Number.parseInt(digits, base);
  return number.toString(base) === digits.toLowerCase() ? number : undefined;
}

function unpack(args: readonly LuaValue[]): LuaResult {
  const table = tableArgument(args, 1, "unpack");
  const [from, to] = [numberArgument(args, 2, "unpack", 1), numberArgument(args, 3, "unpack", table.length)];
  if (to - from >= 8_000) throw new LuaError("too many results to unpack");
  if (from === 1 && to === table.length) return [...table.list];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => table.get(from + at));
}

function select(args: readonly LuaValue[]): LuaResult {
  if (args[0] === "#") return args.length - 1;
  const from = numberArgument(args, 1, "select");
  return args.slice(from < 0 ? from : from);
}

/** Redis replaces the table of an error by its message. */
function messageOf(value: LuaValue): LuaValue {
  const message = value instanceof LuaTable ? value.get("err") : undefined;
  return message ?? value;
}

function protectedCall(args: readonly LuaValue[]): LuaResult {
  try {
    return [true, ...all(functionArgument(args, 1, "pcall")(...args.slice(1)))];
  } catch (error) {
    if (error instanceof LuaError) return [false, messageOf(error.value)];
    throw error;
  }
}
