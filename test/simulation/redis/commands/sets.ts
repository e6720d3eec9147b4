import type { Keyspace } from "../data/keyspace.ts";
import { isInteger } from "../data/number-text.ts";
import type { Reply } from "../reply.ts";
import { type CommandTable, word } from "./command.ts";
import { scanOptions } from "./scan.ts";

export const setCommands: CommandTable = {
  SADD: [-3, "write", add],
  SREM: [-3, "write", remove],
  SCARD: [2, "read", (keys, [key = ""]) => keys.read(key, "set")?.size ?? 0],
  SISMEMBER: [3, "read", (keys, [key = "", member = ""]) => (keys.read(key, "set")?.has(member) ? 1 : 0)],
  SMISMEMBER: [
    -3,
    "read",
    (keys, [key = "", ...members]) => members.map((member) => Number(keys.read(key, "set")?.has(member) ?? false)),
  ],
  SMEMBERS: [2, "read", (keys, [key = ""]) => membersOf(keys, key)],
  SMOVE: [4, "write", move],
  SPOP: [-2, "write", pop],
  SSCAN: [-3, "read", scanSet],
};

/** Redis keeps a set of integers sorted. The order of any other set is arbitrary: here, that of the bytes. */
function membersOf(keys: Keyspace, key: string): string[] {
  const members = [...(keys.read(key, "set") ?? [])];
  return members.every(isInteger) ? members.toSorted((a, b) => Number(a) - Number(b)) : members.toSorted();
}

function add(keys: Keyspace, args: readonly string[]): Reply {
  const set = keys.fill(word(args, 0), "set");
  const before = set.size;
  for (let at = 1; at < args.length; at++) set.add(word(args, at));
  return set.size - before;
}

function remove(keys: Keyspace, args: readonly string[]): Reply {
  const key = word(args, 0);
  const set = keys.change(key, "set");
  if (set === undefined) return 0;
  let count = 0;
  for (let at = 1; at < args.length; at++) if (set.delete(word(args, at))) count++;
  keys.settle(key);
  return count;
}

function move(keys: Keyspace, [from = "", to = "", member = ""]: readonly string[]): Reply {
  const set = keys.read(from, "set");
  if (set === undefined) return 0;
  keys.read(to, "set");
  if (!set.has(member)) return 0;
  if (from === to) return 1;
  remove(keys, [from, member]);
  add(keys, [to, member]);
  return 1;
}

/** Redis pops any member. The model pops the one that was added first. */
function pop(keys: Keyspace, [key = "", count]: readonly string[]): Reply {
  const members = [...(keys.read(key, "set") ?? [])].slice(0, Number(count ?? 1));
  remove(keys, [key, ...members]);
  return count === undefined ? (members[0] ?? null) : members;
}

function scanSet(keys: Keyspace, [key = "", ...args]: readonly string[]): Reply {
  const { match } = scanOptions(args);
  return ["0", [...(keys.read(key, "set") ?? [])].filter(match)];
}
