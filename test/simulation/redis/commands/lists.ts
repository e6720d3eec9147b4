import type { Keyspace } from "../data/keyspace.ts";
import { parseInteger, parsePositive } from "../data/number-text.ts";
import { noSuchKey, ok, type Reply, ReplyError, syntaxError } from "../reply.ts";
import { type CommandTable, word } from "./command.ts";
import { positions } from "./list-position.ts";
import { rangeOf } from "./range.ts";

type End = "left" | "right";

export const listCommands: CommandTable = {
  LPUSH: [-3, "write", (keys, args) => push(keys, args, "left")],
  RPUSH: [-3, "write", (keys, args) => push(keys, args, "right")],
  LPUSHX: [-3, "write", (keys, args) => (keys.read(word(args, 0), "list") ? push(keys, args, "left") : 0)],
  RPUSHX: [-3, "write", (keys, args) => (keys.read(word(args, 0), "list") ? push(keys, args, "right") : 0)],
  LPOP: [-2, "write", (keys, args) => pop(keys, args, "left", "lpop")],
  RPOP: [-2, "write", (keys, args) => pop(keys, args, "right", "rpop")],
  RPOPLPUSH: [3, "write", (keys, [from = "", to = ""]) => move(keys, from, to, "right", "left")],
  LMOVE: [
    5,
    "write",
    (keys, [from = "", to = "", where = "", whereTo = ""]) => move(keys, from, to, end(where), end(whereTo)),
  ],
  LLEN: [2, "read", (keys, [key = ""]) => keys.read(key, "list")?.length ?? 0],
  LRANGE: [4, "read", range],
  LINDEX: [3, "read", (keys, [key = "", index = ""]) => keys.read(key, "list")?.at(parseInteger(index)) ?? null],
  LSET: [4, "write", setAt],
  LREM: [4, "write", remove],
  LTRIM: [4, "write", trim],
  LPOS: [-3, "read", (keys, args) => positions(keys, args)],
  LINSERT: [5, "write", insert],
};

function end(text: string): End {
  const where = text.toLowerCase();
  if (where !== "left" && where !== "right") throw syntaxError();
  return where;
}

function push(keys: Keyspace, args: readonly string[], where: End): Reply {
  const list = keys.fill(word(args, 0), "list");
  for (let at = 1; at < args.length; at++) {
    if (where === "left") list.unshift(word(args, at));
    else list.push(word(args, at));
  }
  return list.length;
}

function pop(keys: Keyspace, args: readonly string[], where: End, command: string): Reply {
  if (args.length > 2) throw new ReplyError(`ERR wrong number of arguments for '${command}' command`);
  const count = args[1] === undefined ? undefined : parsePositive(args[1]);
  const list = keys.change(word(args, 0), "list");
  if (list === undefined) return null;
  const popped: string[] = [];
  for (let left = Math.min(count ?? 1, list.length); left > 0; left--)
    popped.push((where === "left" ? list.shift() : list.pop()) as string);
  keys.settle(word(args, 0));
  return count === undefined ? (popped[0] ?? null) : popped;
}

export function move(keys: Keyspace, from: string, to: string, where: End, whereTo: End): Reply {
  if (keys.read(from, "list") === undefined) return null;
  keys.read(to, "list");
  const list = keys.change(from, "list") as string[];
  const value = (where === "left" ? list.shift() : list.pop()) as string;
  const target = keys.fill(to, "list");
  if (whereTo === "left") target.unshift(value);
  else target.push(value);
  keys.settle(from);
  return value;
}

function range(keys: Keyspace, [key = "", start = "", stop = ""]: readonly string[]): Reply {
  const [first, last] = [parseInteger(start), parseInteger(stop)];
  const list = keys.read(key, "list") ?? [];
  return list.slice(...rangeOf(first, last, list.length));
}

function setAt(keys: Keyspace, [key = "", index = "", value = ""]: readonly string[]): Reply {
  const list = keys.change(key, "list");
  if (list === undefined) throw noSuchKey();
  const given = parseInteger(index);
  const at = given < 0 ? list.length + given : given;
  if (at < 0 || at >= list.length) throw new ReplyError("ERR index out of range");
  list[at] = value;
  return ok;
}

function remove(keys: Keyspace, [key = "", count = "", value = ""]: readonly string[]): Reply {
  const wanted = parseInteger(count);
  const list = keys.change(key, "list");
  if (list === undefined) return 0;
  let left = wanted === 0 ? Infinity : Math.abs(wanted);
  const before = list.length;
  if (wanted >= 0) {
    for (let at = list.indexOf(value); at >= 0 && left > 0; at = list.indexOf(value, at), left--) list.splice(at, 1);
  } else {
    for (let at = list.lastIndexOf(value); at >= 0 && left > 0; at = list.lastIndexOf(value), left--)
      list.splice(at, 1);
  }
  const removed = before - list.length;
  keys.settle(key);
  return removed;
}

function trim(keys: Keyspace, [key = "", start = "", stop = ""]: readonly string[]): Reply {
  const [first, last] = [parseInteger(start), parseInteger(stop)];
  const list = keys.change(key, "list");
  if (list === undefined) return ok;
  const [from, to] = rangeOf(first, last, list.length);
  list.splice(to);
  list.splice(0, from);
  keys.settle(key);
  return ok;
}

function insert(keys: Keyspace, [key = "", where = "", pivot = "", value = ""]: readonly string[]): Reply {
  if (!/^(?:before|after)$/i.test(where)) throw syntaxError();
  const list = keys.change(key, "list");
  if (list === undefined) return 0;
  const at = list.indexOf(pivot);
  if (at < 0) return -1;
  list.splice(/^before$/i.test(where) ? at : at + 1, 0, value);
  return list.length;
}
