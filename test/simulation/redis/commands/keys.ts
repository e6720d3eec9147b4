import { copyEntry } from "../data/entry.ts";
import { globMatcher } from "../data/glob.ts";
import type { Keyspace } from "../data/keyspace.ts";
import { parseInteger } from "../data/number-text.ts";
import { noSuchKey, ok, type Reply, ReplyError, Status, syntaxError } from "../reply.ts";
import { type CommandTable, word } from "./command.ts";
import { scan } from "./scan.ts";

export const keyCommands: CommandTable = {
  DEL: [-2, "write", remove],
  UNLINK: [-2, "write", remove],
  EXISTS: [-2, "read", (keys, args) => args.filter((key) => keys.find(key) !== undefined).length],
  TOUCH: [-2, "read", (keys, args) => args.filter((key) => keys.find(key) !== undefined).length],
  TYPE: [2, "read", (keys, [key = ""]) => new Status(keys.find(key)?.kind ?? "none")],
  KEYS: [2, "read", (keys, [pattern = ""]) => keys.keys().filter(globMatcher(pattern))],
  SCAN: [-2, "read", (keys, args) => scan(keys, args)],
  DBSIZE: [1, "read", (keys) => keys.keys().length],
  FLUSHALL: [-1, "write", flush],
  FLUSHDB: [-1, "write", flush],
  RENAME: [3, "write", rename],
  RENAMENX: [
    3,
    "write",
    (keys, args) => (keys.find(word(args, 1)) === undefined || missing(keys, args) ? renamed(keys, args) : 0),
  ],
  COPY: [-3, "write", copy],
  EXPIRE: [-3, "write", (keys, args) => expire(keys, args, keys.nowMs, 1_000, "expire")],
  PEXPIRE: [-3, "write", (keys, args) => expire(keys, args, keys.nowMs, 1, "pexpire")],
  EXPIREAT: [-3, "write", (keys, args) => expire(keys, args, 0, 1_000, "expireat")],
  PEXPIREAT: [-3, "write", (keys, args) => expire(keys, args, 0, 1, "pexpireat")],
  PERSIST: [2, "write", persist],
  TTL: [2, "read", (keys, [key = ""]) => left(keys, key, (ms) => Math.floor((ms + 500) / 1_000))],
  PTTL: [2, "read", (keys, [key = ""]) => left(keys, key, (ms) => ms)],
  EXPIRETIME: [2, "read", (keys, [key = ""]) => expiry(keys, key, (ms) => Math.floor((ms + 500) / 1_000))],
  PEXPIRETIME: [2, "read", (keys, [key = ""]) => expiry(keys, key, (ms) => ms)],
};

function remove(keys: Keyspace, args: readonly string[]): Reply {
  let count = 0;
  for (const key of args) if (keys.find(key) !== undefined && keys.remove(key)) count++;
  return count;
}

function flush(keys: Keyspace): Reply {
  for (const key of keys.keys()) keys.remove(key);
  return ok;
}

function missing(keys: Keyspace, args: readonly string[]): boolean {
  return keys.find(word(args, 0)) === undefined;
}

function rename(keys: Keyspace, args: readonly string[]): Reply {
  renamed(keys, args);
  return ok;
}

function renamed(keys: Keyspace, [from = "", to = ""]: readonly string[]): Reply {
  const entry = keys.find(from);
  if (entry === undefined) throw noSuchKey();
  if (from === to) return 0;
  keys.remove(from);
  keys.replace(to, entry);
  return 1;
}

function copy(keys: Keyspace, [from = "", to = "", option]: readonly string[]): Reply {
  const entry = keys.find(from);
  if (from === to) throw new ReplyError("ERR source and destination objects are the same");
  if (option !== undefined && option.toUpperCase() !== "REPLACE") throw syntaxError();
  if (entry === undefined || (option === undefined && keys.find(to) !== undefined)) return 0;
  keys.replace(to, copyEntry(entry));
  return 1;
}

function expire(keys: Keyspace, args: readonly string[], fromMs: number, unitMs: number, command: string): Reply {
  const given = parseInteger(word(args, 1));
  const conditions = new Set(args.slice(2).map((option) => option.toUpperCase()));
  checkConditions(conditions, args);
  const at = fromMs + given * unitMs;
  if (Math.abs(at) >= 2 ** 63) throw new ReplyError(`ERR invalid expire time in '${command}' command`);
  const entry = keys.find(word(args, 0));
  if (entry === undefined) return 0;
  const old = entry.expiresAtMs;
  if (conditions.has("NX") && old !== undefined) return 0;
  if (conditions.has("XX") && old === undefined) return 0;
  if (conditions.has("GT") && (old === undefined || at <= old)) return 0;
  if (conditions.has("LT") && old !== undefined && at >= old) return 0;
  if (at <= keys.nowMs) keys.remove(word(args, 0));
  else keys.setExpiry(word(args, 0), entry, at);
  return 1;
}

function checkConditions(conditions: ReadonlySet<string>, args: readonly string[]): void {
  const unknown = args.slice(2).find((option) => !/^(?:NX|XX|GT|LT)$/i.test(option));
  if (unknown !== undefined) throw new ReplyError(`ERR Unsupported option ${unknown}`);
  if (conditions.has("NX") && conditions.size > 1)
    throw new ReplyError("ERR NX and XX, GT or LT options at the same time are not compatible");
  if (conditions.has("GT") && conditions.has("LT"))
    throw new ReplyError("ERR GT and LT options at the same time are not compatible");
}

function persist(keys: Keyspace, [key = ""]: readonly string[]): Reply {
  const entry = keys.find(key);
  if (entry?.expiresAtMs === undefined) return 0;
  keys.setExpiry(key, entry, undefined);
  return 1;
}

function left(keys: Keyspace, key: string, inUnit: (ms: number) => number): Reply {
  return expiry(keys, key, (atMs) => inUnit(atMs - keys.nowMs));
}

function expiry(keys: Keyspace, key: string, inUnit: (ms: number) => number): Reply {
  const entry = keys.find(key);
  if (entry === undefined) return -2;
  return entry.expiresAtMs === undefined ? -1 : inUnit(entry.expiresAtMs);
}
