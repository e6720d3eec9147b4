import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Command, Redis } from "ioredis";
import { readReplies } from "../../../../src/bull/connection/read-replies.ts";
import { ScriptEncoder } from "../../../../src/bull/connection/script-encoder.ts";
import { sendScripts } from "../../../../src/bull/connection/send-scripts.ts";
import { startRedis } from "../../../support/redis.ts";

const binary = Buffer.from([0x83, 0xff, 0x0d, 0x0a, 0x00]);

interface Scripts {
  echo(...args: unknown[]): Promise<unknown>;
  values(): Promise<unknown>;
  anyKeys(...args: unknown[]): Promise<unknown>;
  refuse(): Promise<unknown>;
}

/** Each kind of value that a script can return, and strings that look alike. */
const valuesOfAllKinds = `return {1, -1, 0, false, '', 'a', 'b', 'ab', 'ba', 'größer', '\\195\\188', '\\252', '\\255\\254', 'ü',
  redis.status_reply('FINE'), {}, {{}, {'a', 'a'}}, string.rep('x', 70000), 123456789012345, 9007199254740993, '1', 1}`;

function define(client: Redis): Redis & Scripts {
  client.defineCommand("echo", { numberOfKeys: 1, lua: "return {KEYS[1], unpack(ARGV)}" });
  client.defineCommand("values", { numberOfKeys: 0, lua: valuesOfAllKinds });
  client.defineCommand("anyKeys", { lua: "return {#KEYS, #ARGV}" });
  client.defineCommand("refuse", { numberOfKeys: 0, lua: "return redis.error_reply('NO reason')" });
  return client as Redis & Scripts;
}

function clientOf(url: string): Redis & Scripts {
  const client = new Redis(url, { replyMapping: "legacy" });
  sendScripts(client);
  readReplies(client);
  return define(client);
}

/** Everything arrives in pieces of this size. */
function split(client: Redis, bytesAPiece: number): void {
  client.on("connect", () => {
    const [read] = client.stream.listeners("data") as ((bytes: Buffer) => void)[];
    if (read === undefined) throw new Error("expected a listener, got none");
    client.stream.removeListener("data", read);
    client.stream.on("data", (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += bytesAPiece) read(bytes.subarray(at, at + bytesAPiece));
    });
  });
}

/** What arrives is read only when it ends with the reply to a command that contains this text. */
function gatherUntil(client: Redis, text: string): void {
  client.on("connect", () => {
    const [read] = client.stream.listeners("data") as ((bytes: Buffer) => void)[];
    if (read === undefined) throw new Error("expected a listener, got none");
    client.stream.removeListener("data", read);
    const parts: Buffer[] = [];
    client.stream.on("data", (bytes: Buffer) => {
      parts.push(bytes);
      if (client.status === "ready" && !bytes.includes(text)) return;
      read(Buffer.concat(parts.splice(0)));
    });
  });
}

/** Scripts and other commands, one behind the other, some of which Redis refuses. */
async function ask(client: Redis & Scripts): Promise<unknown[]> {
  await client.flushdb();
  const asked: Promise<unknown>[] = [];
  for (let n = 0; n < 3; n++)
    asked.push(
      client.echo("key", n, null, undefined, "größer", ["list"], binary, ""),
      client.echo(["key", "b", 1.5]),
      client.set("text", "größer"),
      client.get("text"),
      client.values(),
      client.get("nothing"),
      client.incr("text"),
      client.anyKeys(2, "a", "b", "c"),
      client.refuse(),
      client.hset("hash", { a: "1", b: "2" }),
      client.hgetall("hash"),
      client.echo("key"),
    );
  const settled = await Promise.allSettled(asked);
  return settled.map((one) => (one.status === "fulfilled" ? one.value : String(one.reason)));
}

describe("a script's call", () => {
  for (const bytesAPiece of [1, 2, 7, 1_000, 1_000_000]) {
    test(`has the same reply as with ioredis, in pieces of ${bytesAPiece} bytes`, async () => {
      await using redis = await startRedis();
      const plain = define(new Redis(redis.url, { replyMapping: "legacy" }));
      const client = clientOf(redis.url);
      split(client, bytesAPiece);
      const expected = await ask(plain);
      const answers = await ask(client);
      // Again, when the short strings are known.
      const later = await ask(client);
      plain.disconnect();
      client.disconnect();
      assert.deepEqual(answers, expected);
      assert.deepEqual(later, expected);
    });
  }

  /** What follows from each reply, in three steps, if all replies arrive together. */
  async function effectsOf(names: readonly string[]): Promise<string[]> {
    await using redis = await startRedis();
    const client = clientOf(redis.url);
    gatherUntil(client, names.at(-1) ?? "");
    await once(client, "ready");
    const effects: string[] = [];
    const asked = names.map(async (name) => {
      await (name === "get" ? client.get("nothing") : client.echo("key", name));
      for (let step = 1; step <= 3; step++) {
        effects.push(`${name} ${step}`);
        await Promise.resolve();
      }
    });
    await Promise.all(asked);
    client.disconnect();
    return effects;
  }

  test("has its effects before those of the next reply, even if both arrive together", async () => {
    const effects = await effectsOf(["one", "two", "three"]);
    assert.deepEqual(
      effects,
      ["one", "two", "three"].flatMap((name) => [1, 2, 3].map((step) => `${name} ${step}`)),
    );
  });

  test("is settled in the order of the replies, which may be those of other commands", async () => {
    const names = ["one", "two", "get", "three", "get", "four"];
    const effects = await effectsOf(names);
    assert.deepEqual(
      effects.filter((effect) => effect.endsWith("1")),
      names.map((name) => `${name} 1`),
    );
  });

  test("contains the script once, and again after Redis has forgotten it", async () => {
    await using redis = await startRedis();
    const client = clientOf(redis.url);
    assert.deepEqual(await client.echo("key", "a"), ["key", "a"]);
    assert.deepEqual(await client.echo("key", "b"), ["key", "b"]);
    await client.script("FLUSH");
    assert.deepEqual(await Promise.all([client.echo("key", "c"), client.echo("key", "d")]), [
      ["key", "c"],
      ["key", "d"],
    ]);
    client.disconnect();
  });

  test("is repeated on the next connection", async () => {
    await using redis = await startRedis();
    const client = clientOf(redis.url);
    await client.echo("key", "a");
    await client.client("PAUSE", 200, "ALL");
    const asked = client.echo("key", "b");
    client.disconnect(true);
    assert.deepEqual(await asked, ["key", "b"]);
    client.disconnect();
  });

  test("is ioredis's in a transaction and in a pipeline", async () => {
    await using redis = await startRedis();
    const client = clientOf(redis.url);
    for (const kind of ["multi", "pipeline"] as const) {
      const sent = client[kind]() as ReturnType<Redis["multi"]> & Scripts;
      void sent.echo("key", "a");
      void sent.echo("key", binary);
      assert.deepEqual(await sent.exec(), [
        [null, ["key", "a"]],
        [null, ["key", binary.toString()]],
      ]);
    }
    client.disconnect();
  });

  test("rejects if the client is closed", async () => {
    await using redis = await startRedis();
    const client = clientOf(redis.url);
    await client.echo("key", "a");
    await client.client("PAUSE", 1_000, "ALL");
    const asked = client.echo("key", "b");
    client.disconnect();
    await assert.rejects(asked, /Connection is closed/);
  });

  test("settles by the functions that a tracer has put in place of its own", async () => {
    await using redis = await startRedis();
    const client = clientOf(redis.url);
    await once(client, "ready");
    const heard: string[] = [];
    const send = client.sendCommand.bind(client);
    client.sendCommand = (command, stream) => {
      // As @opentelemetry/instrumentation-ioredis does it.
      const { resolve, reject } = command;
      command.resolve = (reply) => {
        heard.push(`${command.name} ${String(reply)}`);
        resolve(reply);
      };
      command.reject = (error) => {
        heard.push(`${command.name} ${error.message}`);
        reject(error);
      };
      return send(command, stream);
    };
    assert.deepEqual(await client.echo("key", "a"), ["key", "a"]);
    await assert.rejects(client.refuse(), /NO reason/);
    assert.deepEqual(heard, ["eval key,a", "eval NO reason"]);
    client.disconnect();
  });
});

describe("a script's arguments", () => {
  const calls: (string | Buffer)[][] = [
    ["a", binary, "b"],
    ["a", binary, "b"],
    [binary, "a", binary],
    ["größer", binary, "日本語 🚀"],
    ["größer", Buffer.alloc(0), "\ud83d"],
    ["", "", "", "", "x".repeat(200)],
    ["", "", "", "", "x".repeat(200)],
    ["a"],
  ];
  test("are encoded as ioredis encodes them, even when they are those of the call before", () => {
    const encoder = new ScriptEncoder();
    for (const args of calls) {
      const expected = Buffer.from(new Command("evalsha", args).toWritable({}) as Buffer);
      assert.deepEqual(encoder.encode("evalsha", args), expected);
    }
  });
});
