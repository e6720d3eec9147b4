import { tableArgument } from "./convert.ts";
import { type LuaResult, type LuaValue } from "./values.ts";

/** As Lua's `next`: the key and value after this key. */
export function next(...args: LuaValue[]): LuaResult {
  const table = tableArgument(args, 1, "next");
  let isFound = args[1] === undefined;
  for (const pair of table.pairs()) {
    if (isFound) return pair;
    isFound = pair[0] === args[1];
  }
  return undefined;
}

export function pairs(...args: LuaValue[]): LuaResult {
  return [next, tableArgument(args, 1, "pairs"), undefined];
}

export function ipairsStep(...[table, at]: LuaValue[]): LuaResult {
  const index = (at as number) + 1;
  const value = tableArgument([table], 1, "ipairs").get(index);
  return value === undefined ? undefined : [index, value];
}

export function ipairs(...args: LuaValue[]): LuaResult {
  return [ipairsStep, tableArgument(args, 1, "ipairs"), 0];
}
