import assert from "node:assert/strict";
import { encodeReply } from "../wire/encode-reply.ts";
import { assertSameKeys, comparable, toleranceMs } from "./compare.ts";
import { type Decoded, decodeReply } from "./decode.ts";
import { dump } from "./dump.ts";
import { OrderedScripts } from "./ordered-scripts.ts";
import type { ComparedServer } from "./servers.ts";
import type { Expiry, Step } from "./session.ts";

/**
 * Makes time pass on a server whose clock cannot be set: each key gets the expiry that it has in the model then. Returns how long
 * the keys had left before, and the keys that only this server expires.
 */
const passScript = `
local before, known = {}, {}
for at = 2, #ARGV, 2 do
  known[ARGV[at]] = true
  before[#before + 1] = redis.call("PTTL", ARGV[at])
  redis.call("PEXPIRE", ARGV[at], math.max(0, ARGV[at + 1] - ARGV[1]))
end
for _, key in ipairs(redis.call("KEYS", "*")) do
  if not known[key] and redis.call("PTTL", key) >= 0 then before[#before + 1] = key end
end
return before`;

const promptMs = 300;
const attempts = 5;

/**
 * Repeats the recorded commands on a real server, and compares each reply and then every key. On a busy machine, a key may expire
 * there in the meantime, so a difference counts only if the server was prompt.
 */
export async function replay(real: ComparedServer, recorded: ComparedServer, steps: readonly Step[], about: string) {
  for (let attempt = 1; ; attempt++) {
    const startedAt = performance.now();
    try {
      return await replayOnce(real, recorded, steps, about);
    } catch (error) {
      if (performance.now() - startedAt < promptMs || attempt === attempts) throw error;
    }
  }
}

async function replayOnce(real: ComparedServer, recorded: ComparedServer, steps: readonly Step[], about: string) {
  await real.send([["FLUSHALL"], ["SCRIPT", "FLUSH"]]);
  const ordered = new OrderedScripts();
  const commands = steps.map((step) =>
    step.kind === "command" ? ordered.replace(step.argv) : passCommand(step.ms, step.expiries),
  );
  const replies = await real.send(commands);
  for (const [at, step] of steps.entries()) {
    if (step.kind === "passed") {
      assertExpiries(replies[at] ?? null, step.expiries, `${about}, step ${at}`);
      continue;
    }
    const own = decodeReply(encodeReply(step.reply, 2))?.value ?? null;
    const message = () => `${about}, step ${at}: ${JSON.stringify(step.argv).slice(0, 20_000)}`;
    const [actual, expected] = [own, replies[at] ?? null].map((reply) => comparable(step.argv, normal(reply)));
    if (!isAlike(actual, expected)) assert.deepEqual(actual, expected, message());
  }
  assertSameKeys(await dump(recorded), await dump(real), about, normal);
}

function passCommand(ms: number, expiries: readonly Expiry[]): string[] {
  return ["EVAL", passScript, "0", String(ms), ...expiries.flatMap(({ key, leftMs }) => [key, String(leftMs)])];
}

/** The real server's clock went on while it executed the commands before. */
function assertExpiries(left: Decoded, expiries: readonly Expiry[], about: string): void {
  const message = `${about}: expected ${JSON.stringify(expiries)}, got ${JSON.stringify(left)}`;
  assert.ok(Array.isArray(left) && left.length === expiries.length, message);
  for (const [at, { leftMs }] of expiries.entries())
    assert.ok(Math.abs(Number(left[at]) - leftMs) < toleranceMs, message);
}

/** Equal, except that a duration may differ by what the real server took. */
function isAlike(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(actual) && Array.isArray(expected))
    return actual.length === expected.length && actual.every((one, at) => isAlike(one, expected[at]));
  if (isDuration(actual) && isDuration(expected)) return Math.abs(actual - expected) < toleranceMs;
  return JSON.stringify(actual) === JSON.stringify(expected);
}

function isDuration(value: unknown): value is number {
  return typeof value === "number" && value > 200 && value < 1e9;
}

/** Ids of stream entries contain the server's time, and cjson writes members in the order of a hash table. */
function normal(value: Decoded): Decoded {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value === "string") return value.replace(/script: [0-9a-f]{40}/, "script");
  if (typeof value !== "object" || value === null) return value;
  if ("map" in value) return value.map.map(normal);
  if ("double" in value) return value;
  const { text } = value;
  if (/^\d{13}-\d+$/.test(text)) return { text: "an id" };
  return /^[[{]/.test(text) ? sortedJson(text) : { text };
}

function sortedJson(text: string): Decoded {
  try {
    const sorted: unknown = JSON.parse(text, (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
    return { text: JSON.stringify(sorted) };
  } catch {
    return { text };
  }
}
