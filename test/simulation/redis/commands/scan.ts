import { globMatcher } from "../data/glob.ts";
import type { Keyspace } from "../data/keyspace.ts";
import { parseInteger } from "../data/number-text.ts";
import { type Reply, ReplyError, syntaxError } from "../reply.ts";
import { word } from "./command.ts";

/**
 * SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]. As in Redis, the order is by a hash of the name, and a key that exists
 * during the whole iteration is returned.
 */
export function scan(keys: Keyspace, args: readonly string[]): Reply {
  const { from, count, match, type } = scanOptions(args);
  const candidates = keys.keys().map((key) => ({ key, hash: hashOf(key) }));
  const { page, next } = pageOf(candidates, from, count);
  return [next, page.filter((key) => match(key) && (type === undefined || keys.find(key)?.kind === type))];
}

/** HSCAN, SSCAN and ZSCAN of collections that Redis keeps in one piece return everything at once. */
export function scanOptions(args: readonly string[]) {
  const cursor = word(args, 0);
  if (!/^[0-9]+$/.test(cursor)) throw new ReplyError("ERR invalid cursor");
  let [count, match, type] = [10, globMatcher("*"), undefined as string | undefined];
  for (let at = 1; at < args.length; at += 2) {
    const option = word(args, at).toUpperCase();
    const value = args[at + 1];
    if (value === undefined) throw syntaxError();
    if (option === "COUNT") count = parseInteger(value);
    else if (option === "MATCH") match = globMatcher(value);
    else if (option === "TYPE") type = value.toLowerCase();
    else throw syntaxError();
  }
  if (count < 1) throw syntaxError();
  return { from: Number(cursor), count, match, type };
}

function pageOf(candidates: readonly { key: string; hash: number }[], from: number, count: number) {
  const sorted = candidates.filter(({ hash }) => hash >= from).toSorted((a, b) => a.hash - b.hash);
  let end = Math.min(count, sorted.length);
  while (end < sorted.length && sorted[end]?.hash === sorted[end - 1]?.hash) end++;
  return { page: sorted.slice(0, end).map(({ key }) => key), next: String(sorted[end]?.hash ?? 0) };
}

/** FNV-1a, at least 1, because the cursor 0 ends the iteration. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0) + 1;
}
