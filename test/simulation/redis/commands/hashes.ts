import type { Keyspace } from "../data/keyspace.ts";
import {
  formatScore,
  integerReply,
  isInteger,
  parseBigInteger,
  parseFloatArgument,
  readFloat,
} from "../data/number-text.ts";
import { MapReply, ok, type Reply, ReplyError } from "../reply.ts";
import { type CommandTable, word } from "./command.ts";
import { scanOptions } from "./scan.ts";

export const hashCommands: CommandTable = {
  HGET: [3, "read", (keys, [key = "", field = ""]) => keys.read(key, "hash")?.get(field) ?? null],
  HSET: [-4, "write", (keys, args) => set(keys, args, "hset")],
  HMSET: [-4, "write", setAll],
  HSETNX: [4, "write", setNew],
  HMGET: [-3, "read", getMany],
  HGETALL: [2, "read", (keys, [key = ""]) => new MapReply([...(keys.read(key, "hash") ?? [])].flat())],
  HKEYS: [2, "read", (keys, [key = ""]) => [...(keys.read(key, "hash")?.keys() ?? [])]],
  HVALS: [2, "read", (keys, [key = ""]) => [...(keys.read(key, "hash")?.values() ?? [])]],
  HLEN: [2, "read", (keys, [key = ""]) => keys.read(key, "hash")?.size ?? 0],
  HSTRLEN: [3, "read", (keys, [key = "", field = ""]) => (keys.read(key, "hash")?.get(field) ?? "").length],
  HEXISTS: [3, "read", (keys, [key = "", field = ""]) => (keys.read(key, "hash")?.has(field) ? 1 : 0)],
  HDEL: [-3, "write", remove],
  HINCRBY: [4, "write", increase],
  HINCRBYFLOAT: [4, "write", increaseFloat],
  HSCAN: [-3, "read", scanHash],
};

function set(keys: Keyspace, args: readonly string[], command: string): Reply {
  if (args.length % 2 === 0) throw new ReplyError(`ERR wrong number of arguments for '${command}' command`);
  const hash = keys.fill(word(args, 0), "hash");
  const before = hash.size;
  for (let at = 1; at < args.length; at += 2) hash.set(word(args, at), word(args, at + 1));
  return hash.size - before;
}

function setAll(keys: Keyspace, args: readonly string[]): Reply {
  set(keys, args, "hmset");
  return ok;
}

function setNew(keys: Keyspace, args: readonly string[]): Reply {
  if (keys.read(word(args, 0), "hash")?.has(word(args, 1))) return 0;
  return set(keys, args, "hsetnx");
}

function getMany(keys: Keyspace, args: readonly string[]): Reply {
  const hash = keys.read(word(args, 0), "hash");
  const values: Reply[] = [];
  for (let at = 1; at < args.length; at++) values.push(hash?.get(word(args, at)) ?? null);
  return values;
}

function remove(keys: Keyspace, args: readonly string[]): Reply {
  const key = word(args, 0);
  const hash = keys.change(key, "hash");
  if (hash === undefined) return 0;
  let count = 0;
  for (let at = 1; at < args.length; at++) if (hash.delete(word(args, at))) count++;
  keys.settle(key);
  return count;
}

function increase(keys: Keyspace, [key = "", field = "", by = ""]: readonly string[]): Reply {
  const change = parseBigInteger(by);
  const text = keys.read(key, "hash")?.get(field) ?? "0";
  if (!isInteger(text)) throw new ReplyError("ERR hash value is not an integer");
  const sum = BigInt(text) + change;
  if (sum >= 2n ** 63n || sum < -(2n ** 63n)) throw new ReplyError("ERR increment or decrement would overflow");
  keys.fill(key, "hash").set(field, String(sum));
  return integerReply(sum);
}

function increaseFloat(keys: Keyspace, [key = "", field = "", by = ""]: readonly string[]): Reply {
  const change = parseFloatArgument(by);
  const value = readFloat(keys.read(key, "hash")?.get(field) ?? "0");
  if (value === undefined) throw new ReplyError("ERR hash value is not a float");
  const text = formatScore(value + change);
  keys.fill(key, "hash").set(field, text);
  return text;
}

function scanHash(keys: Keyspace, [key = "", ...args]: readonly string[]): Reply {
  const { match } = scanOptions(args);
  const entries = [...(keys.read(key, "hash") ?? [])].filter(([field]) => match(field));
  return ["0", entries.flat()];
}
