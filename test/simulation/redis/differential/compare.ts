import assert from "node:assert/strict";
import type { Decoded } from "./decode.ts";
import { byText, type DumpedKey, dump } from "./dump.ts";
import type { CommandWords, ComparedServer } from "./servers.ts";

/** Their replies have no order. */
const unordered = /^(?:KEYS|SMEMBERS|HKEYS|HVALS|HGETALL|SCAN)$/i;

/** Sends the same commands to both, and compares their replies and then every key. */
export async function compareCommands(real: ComparedServer, model: ComparedServer, commands: readonly CommandWords[]) {
  const [expected, actual] = [await real.send(commands), await model.send(commands)];
  for (const [at, words] of commands.entries()) {
    const [one, other] = [comparable(words, expected[at] ?? null), comparable(words, actual[at] ?? null)];
    assert.deepEqual(other, one, `${JSON.stringify(words)} after ${JSON.stringify(commands.slice(0, at))}`);
  }
  assertSameKeys(await dump(model), await dump(real), JSON.stringify(commands));
}

/** The expiry of a key may differ by how long the real server took. */
export const toleranceMs = 5_000;
const expiringMs = 500;

export function assertSameKeys(
  actual: ReadonlyMap<string, DumpedKey>,
  expected: ReadonlyMap<string, DumpedKey>,
  message: string,
  normalize: (value: Decoded) => Decoded = (value) => value,
): void {
  // A key may expire while the other server is read.
  const lasting = (one: ReadonlyMap<string, DumpedKey>) =>
    [...one]
      .filter(([key, { leftMs }]) => (actual.has(key) && expected.has(key)) || leftMs < 0 || leftMs > expiringMs)
      .map(([key]) => key);
  assert.deepEqual(lasting(actual), lasting(expected), message);
  for (const [key, { type, value, leftMs }] of expected) {
    const found = actual.get(key);
    if (found === undefined) continue;
    assert.deepEqual([found.type, normalize(found.value)], [type, normalize(value)], `${key}: ${message}`);
    const isSame = Math.sign(found.leftMs) === Math.sign(leftMs) && Math.abs(found.leftMs - leftMs) < toleranceMs;
    assert.ok(isSame, `${key} expires in ${found.leftMs} ms, expected ${leftMs}: ${message}`);
  }
}

/** The reply, sorted if its order is arbitrary. */
export function comparable(words: CommandWords, reply: Decoded): Decoded {
  if (!unordered.test(words[0] ?? "")) return reply;
  if (Array.isArray(reply))
    return reply.map((one) => (Array.isArray(one) ? one.toSorted(byText) : one)).toSorted(byText);
  if (typeof reply !== "object" || reply === null || !("map" in reply)) return reply;
  return reply.map.toSorted(byText);
}
