import type { Keyspace } from "../data/keyspace.ts";
import {
  formatScore,
  integerReply,
  isInteger,
  parseBigInteger,
  parseFloatArgument,
  parseInteger,
} from "../data/number-text.ts";
import { notAnInteger, ok, type Reply, ReplyError, syntaxError } from "../reply.ts";
import { type CommandTable, word } from "./command.ts";

export const stringCommands: CommandTable = {
  GET: [2, "read", (keys, [key = ""]) => keys.read(key, "string") ?? null],
  GETDEL: [2, "write", getDelete],
  GETSET: [3, "write", (keys, [key = "", value = ""]) => replaced(keys, key, value)],
  SET: [-3, "write", set],
  SETNX: [3, "write", (keys, [key = "", value = ""]) => (set(keys, [key, value, "NX"]) === null ? 0 : 1)],
  SETEX: [
    4,
    "write",
    (keys, [key = "", seconds = "", value = ""]) =>
      setTimed(keys, key, value, expiryTime(keys.nowMs, "EX", seconds, "setex")),
  ],
  PSETEX: [
    4,
    "write",
    (keys, [key = "", ms = "", value = ""]) => setTimed(keys, key, value, expiryTime(keys.nowMs, "PX", ms, "psetex")),
  ],
  MGET: [-2, "read", (keys, args) => args.map((key) => stringOrNull(keys, key))],
  MSET: [-3, "write", setMany],
  STRLEN: [2, "read", (keys, [key = ""]) => (keys.read(key, "string") ?? "").length],
  APPEND: [3, "write", append],
  INCR: [2, "write", (keys, [key = ""]) => increase(keys, key, 1n)],
  DECR: [2, "write", (keys, [key = ""]) => increase(keys, key, -1n)],
  INCRBY: [3, "write", (keys, [key = "", by = ""]) => increase(keys, key, parseBigInteger(by))],
  DECRBY: [3, "write", (keys, [key = "", by = ""]) => decrease(keys, key, parseBigInteger(by))],
  INCRBYFLOAT: [3, "write", increaseFloat],
};

function stringOrNull(keys: Keyspace, key: string): Reply {
  const entry = keys.find(key);
  return entry?.kind === "string" ? (entry.value as string) : null;
}

function getDelete(keys: Keyspace, [key = ""]: readonly string[]): Reply {
  const value = keys.read(key, "string");
  if (value === undefined) return null;
  keys.remove(key);
  return value;
}

function replaced(keys: Keyspace, key: string, value: string): Reply {
  const old = keys.read(key, "string") ?? null;
  keys.setString(key, value, undefined);
  return old;
}

function setTimed(keys: Keyspace, key: string, value: string, expiresAtMs: number): Reply {
  keys.setString(key, value, expiresAtMs);
  return ok;
}

interface SetOptions {
  condition?: "NX" | "XX";
  expiresAtMs?: number;
  keepsExpiry?: boolean;
  get?: boolean;
}

function set(keys: Keyspace, args: readonly string[]): Reply {
  const [key, value] = [word(args, 0), word(args, 1)];
  const { condition, expiresAtMs, keepsExpiry, get } = setOptions(keys, args);
  const old = get ? (keys.read(key, "string") ?? null) : null;
  const entry = keys.find(key);
  if ((condition === "NX" && entry !== undefined) || (condition === "XX" && entry === undefined)) return old;
  keys.setString(key, value, keepsExpiry ? entry?.expiresAtMs : expiresAtMs);
  return get ? old : ok;
}

function setOptions(keys: Keyspace, args: readonly string[]): SetOptions {
  const options: SetOptions = {};
  for (let at = 2; at < args.length; at++) {
    const option = word(args, at).toUpperCase();
    const isTimed = options.expiresAtMs !== undefined || options.keepsExpiry === true;
    if ((option === "NX" || option === "XX") && (options.condition ?? option) === option) options.condition = option;
    else if (option === "GET") options.get = true;
    else if (option === "KEEPTTL" && !isTimed) options.keepsExpiry = true;
    else if (/^(?:EX|PX|EXAT|PXAT)$/.test(option) && !isTimed && at + 1 < args.length)
      options.expiresAtMs = expiryTime(keys.nowMs, option, word(args, ++at), "set");
    else throw syntaxError();
  }
  return options;
}

function expiryTime(nowMs: number, unit: string, text: string, command: string): number {
  const given = parseInteger(text);
  const ms = unit.startsWith("EX") ? given * 1_000 : given;
  const at = unit.endsWith("AT") ? ms : nowMs + ms;
  if (given <= 0 || at >= 2 ** 63) throw new ReplyError(`ERR invalid expire time in '${command}' command`);
  return at;
}

function setMany(keys: Keyspace, args: readonly string[]): Reply {
  if (args.length % 2 !== 0) throw new ReplyError("ERR wrong number of arguments for 'mset' command");
  for (let at = 0; at < args.length; at += 2) keys.setString(word(args, at), word(args, at + 1), undefined);
  return ok;
}

function append(keys: Keyspace, [key = "", more = ""]: readonly string[]): Reply {
  const value = (keys.read(key, "string") ?? "") + more;
  keys.setString(key, value, keys.find(key)?.expiresAtMs);
  return value.length;
}

function decrease(keys: Keyspace, key: string, by: bigint): Reply {
  if (by === -(2n ** 63n)) throw new ReplyError("ERR decrement would overflow");
  return increase(keys, key, -by);
}

function increase(keys: Keyspace, key: string, by: bigint): Reply {
  const text = keys.read(key, "string") ?? "0";
  if (!isInteger(text)) throw notAnInteger();
  const sum = BigInt(text) + by;
  if (sum >= 2n ** 63n || sum < -(2n ** 63n)) throw new ReplyError("ERR increment or decrement would overflow");
  keys.setString(key, String(sum), keys.find(key)?.expiresAtMs);
  return integerReply(sum);
}

function increaseFloat(keys: Keyspace, [key = "", by = ""]: readonly string[]): Reply {
  const sum = parseFloatArgument(keys.read(key, "string") ?? "0") + parseFloatArgument(by);
  if (!Number.isFinite(sum)) throw new ReplyError("ERR increment would produce NaN or Infinity");
  const text = formatScore(sum);
  keys.setString(key, text, keys.find(key)?.expiresAtMs);
  return text;
}
