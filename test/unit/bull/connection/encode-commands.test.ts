import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Command, Redis } from "ioredis";
import { encodeByPart, encodeCommand } from "../../../../src/bull/connection/encode-commands.ts";
import { startRedis } from "../../../support/redis.ts";

const binary = Buffer.from([0x83, 0xff, 0x0d, 0x0a, 0x00]);

describe("a command with a binary argument", () => {
  const commands: Record<string, (string | Buffer)[]> = {
    "between texts": ["a", binary, "b"],
    "first and last": [binary, "a", binary],
    "next to another": [binary, binary],
    "that is empty": ["a", Buffer.alloc(0), "b"],
    "between empty texts": ["", binary, ""],
    "between texts that are not ASCII": ["größer", binary, "日本語 🚀"],
    "between halves of a character": ["\ud83d", binary, "\ude80"],
    "that is long": ["a", Buffer.alloc(100_000, 0xfe), "b".repeat(100_000)],
  };
  for (const [what, args] of Object.entries(commands)) {
    test(`${what} is encoded as ioredis encodes it`, () => {
      const expected = Buffer.from(new Command("set", args).toWritable({}) as Buffer);
      assert.deepEqual(encodeCommand("set", args), expected);
    });
  }
});

test("a script is sent once, and then by its hash; again after Redis has forgotten it", async () => {
  await using redis = await startRedis();
  const client = new Redis(redis.url);
  encodeByPart(client);
  client.defineCommand("echoLast", { numberOfKeys: 1, lua: "return {KEYS[1], ARGV[1], ARGV[2]}" });
  const scripted = client as unknown as { echoLast(...args: (string | Buffer)[]): Promise<unknown> };
  const call = async () => await scripted.echoLast("key", binary, "größer");
  const answer = await call();
  assert.deepEqual(answer, ["key", binary.toString(), "größer"]);
  assert.deepEqual(await call(), answer);
  await client.script("FLUSH");
  assert.deepEqual(await call(), answer);
  const stats = await client.info("commandstats");
  assert.match(stats, /cmdstat_eval:calls=2,/);
  // The third one was refused, because Redis did not know the script.
  assert.match(stats, /cmdstat_evalsha:calls=2,/);
  client.disconnect();
});
