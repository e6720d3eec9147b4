import { functionArgument, numberArgument, tableArgument, toText } from "./convert.ts";
import { isLess } from "./operators.ts";
import { first, isTrue, LuaError, type LuaResult, LuaTable, type LuaValue, typeName } from "./values.ts";

export const tableLibrary: Readonly<Record<string, LuaValue>> = {
  insert: (...args) => insert(args),
  remove: (...args) => remove(args),
  concat: (...args) => concat(args),
  getn: (...args) => tableArgument(args, 1, "getn").length,
  maxn: (...args) => tableArgument(args, 1, "maxn").length,
  sort: (...args) => sort(args),
  unpack: (...args) => [...tableArgument(args, 1, "unpack").list],
  pack: (...args) => new LuaTable(args),
};

function insert(args: LuaValue[]): LuaResult {
  const table = tableArgument(args, 1, "insert");
  if (args.length === 2) table.set(table.length + 1, args[1]);
  else if (args.length === 3) table.list.splice(numberArgument(args, 2, "insert") - 1, 0, args[2]);
  else throw new LuaError("wrong number of arguments to 'insert'");
  return undefined;
}

function remove(args: LuaValue[]): LuaResult {
  const table = tableArgument(args, 1, "remove");
  const at = numberArgument(args, 2, "remove", table.length);
  if (at < 1 || at > table.length) return undefined;
  return table.list.splice(at - 1, 1)[0];
}

function concat(args: LuaValue[]): LuaResult {
  const table = tableArgument(args, 1, "concat");
  const separator = args[1] === undefined ? "" : (toText(args[1]) ?? "");
  const [from, to] = [numberArgument(args, 3, "concat", 1), numberArgument(args, 4, "concat", table.length)];
  const words: string[] = [];
  for (let at = from; at <= to; at++) {
    const word = toText(table.get(at));
    if (word === undefined)
      throw new LuaError(`invalid value (${typeName(table.get(at))}) at index ${at} in table for 'concat'`);
    words.push(word);
  }
  return words.join(separator);
}

function sort(args: LuaValue[]): LuaResult {
  const { list } = tableArgument(args, 1, "sort");
  const given = args[1] === undefined ? undefined : functionArgument(args, 2, "sort");
  const isBefore = (a: LuaValue, b: LuaValue) => (given === undefined ? isLess(a, b, "0") : isTrue(first(given(a, b))));
  list.sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));
  return undefined;
}
