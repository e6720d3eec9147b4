import { numberArgument } from "./convert.ts";
import { LuaError, type LuaValue } from "./values.ts";

type Library = Readonly<Record<string, LuaValue>>;

export const mathLibrary: Library = {
  pi: Math.PI,
  huge: Infinity,
  floor: one("floor", Math.floor),
  ceil: one("ceil", Math.ceil),
  abs: one("abs", Math.abs),
  sqrt: one("sqrt", Math.sqrt),
  exp: one("exp", Math.exp),
  log: one("log", Math.log),
  log10: one("log10", Math.log10),
  max: many("max", Math.max),
  min: many("min", Math.min),
  pow: (...args) => numberArgument(args, 1, "pow") ** numberArgument(args, 2, "pow"),
  fmod: (...args) => numberArgument(args, 1, "fmod") % numberArgument(args, 2, "fmod"),
  modf: (...args) => {
    const value = numberArgument(args, 1, "modf");
    return [Math.trunc(value), value - Math.trunc(value)];
  },
  random: () => {
    throw new LuaError("the model of Redis has no math.random");
  },
};

/** Scripts measure the processor's time with it, which does not pass here. */
export const osLibrary: Library = { clock: () => 0 };

export const bitLibrary: Library = {
  tobit: one("tobit", (value) => value | 0),
  bnot: one("bnot", (value) => ~value),
  band: many("band", (...values) => values.reduce((a, b) => a & b)),
  bor: many("bor", (...values) => values.reduce((a, b) => a | b)),
  bxor: many("bxor", (...values) => values.reduce((a, b) => a ^ b)),
  lshift: (...args) => numberArgument(args, 1, "lshift") << numberArgument(args, 2, "lshift"),
  rshift: (...args) => (numberArgument(args, 1, "rshift") >>> numberArgument(args, 2, "rshift")) | 0,
};

function one(name: string, compute: (value: number) => number): LuaValue {
  return (...args) => compute(numberArgument(args, 1, name));
}

function many(name: string, compute: (...values: number[]) => number): LuaValue {
  return (...args) =>
    compute(...Array.from({ length: Math.max(1, args.length) }, (_, at) => numberArgument(args, at + 1, name)));
}
