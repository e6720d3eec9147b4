import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connection } from "../../../simulation/redis/connection.ts";
import {
  type Decision,
  type RedisModelOptions,
  type Request,
  refusals,
} from "../../../simulation/redis/model-options.ts";
import { RedisModel } from "../../../simulation/redis/redis-model.ts";
import { DoubleReply } from "../../../simulation/redis/reply.ts";

/** A clock and timers that the test advances. */
class Time {
  nowMs = 1_000_000;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  readonly setTimer: RedisModelOptions["setTimer"] = (delayMs, callback) => {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  pass(ms: number): void {
    this.nowMs += ms;
    for (const timer of this.#timers) {
      if (timer.atMs > this.nowMs || !this.#timers.delete(timer)) continue;
      timer.callback();
    }
  }
}

function start(options: Partial<RedisModelOptions> = {}) {
  const time = new Time();
  const model = new RedisModel({ now: () => time.nowMs, setTimer: time.setTimer, ...options });
  return { time, model, client: connect(model) };
}

function connect(model: RedisModel): Connection {
  const connection = model.connect();
  assert.ok(connection !== undefined);
  return connection;
}

/** Decides about commands with this name only. */
const about = (name: string, decision: Decision) => (request: Request) => (request.name === name ? decision : "ok");

describe("the model of Redis, on command", () => {
  test("loses a command before or after its effect", async () => {
    for (const [decision, expected] of [
      ["lose-before", null],
      ["lose-after", "1"],
    ] as const) {
      const { model, client } = start({ decide: about("SET", decision) });
      await assert.rejects(client.send(["SET", "key", "1"]), /the connection closed/);
      assert.equal(await connect(model).send(["GET", "key"]), expected);
    }
  });

  test("refuses a command with any of Redis' messages", async () => {
    for (const refuse of Object.values(refusals)) {
      const { client } = start({ decide: about("SET", { refuse }) });
      await assert.rejects(client.send(["SET", "key", "1"]), { name: "ReplyError", message: refuse });
      assert.equal(await client.send(["GET", "key"]), null);
    }
  });

  test("refuses a command inside a script, whose earlier effects stay", async () => {
    const { client } = start({ decideInScript: ({ name }) => (name === "SET" ? { refuse: refusals.NOPERM } : "ok") });
    const script = 'redis.call("HSET", "hash", "a", 1) redis.call("SET", "key", 1)';
    await assert.rejects(client.send(["EVAL", script, "0"]), /^ReplyError: NOPERM .* on @user_script:1\.$/);
    assert.equal(await client.send(["HGET", "hash", "a"]), "1");
  });

  test("delays a command and those behind it", async () => {
    const { time, model, client } = start({ decide: about("SET", { delayMs: 50 }) });
    const set = client.send(["SET", "key", "1"]);
    const get = client.send(["GET", "key"]);
    time.pass(49);
    assert.equal(await connect(model).send(["GET", "key"]), null);
    time.pass(1);
    await set;
    assert.equal(await get, "1");
  });

  test("is silent, and executes what was sent when it is up again", async () => {
    const { model, client } = start();
    model.setReachability("silent");
    const set = client.send(["INCR", "key"]);
    assert.equal(model.keys().read("key", "string"), undefined);
    model.setReachability("up");
    assert.equal(await set, 1);
  });

  test("refuses connections, and closes those that exist", async () => {
    const { model, client } = start();
    await client.send(["SET", "key", "1"]);
    model.setReachability("refused");
    assert.equal(client.isClosed, true);
    assert.equal(model.connect(), undefined);
    model.setReachability("up");
    assert.equal(await connect(model).send(["GET", "key"]), "1");
  });

  test("loses the last second at a failover, and nothing else", async () => {
    const { time, model, client } = start({ keepPastMs: 2_000 });
    await client.send(["RPUSH", "list", "a", "b"]);
    await client.send(["SET", "old", "1"]);
    time.pass(1_500);
    await client.send(["LPOP", "list"]);
    await client.send(["DEL", "old"]);
    await client.send(["SET", "new", "1"]);
    await client.send(["ZADD", "zset", "1", "a"]);
    model.failOver(1_000);
    assert.equal(client.isClosed, true);
    const next = connect(model);
    assert.deepEqual(await next.send(["LRANGE", "list", "0", "-1"]), ["a", "b"]);
    assert.deepEqual(await next.send(["MGET", "old", "new"]), ["1", null]);
    assert.equal(await next.send(["EXISTS", "zset"]), 0);
  });

  test("lets keys expire by its own clock", async () => {
    const { time, client } = start();
    await client.send(["SET", "key", "1", "PX", "100"]);
    time.pass(99);
    assert.equal(await client.send(["PTTL", "key"]), 1);
    time.pass(1);
    assert.equal(await client.send(["GET", "key"]), null);
  });

  test("serves the client that has waited longest, and ends a wait at its timeout or on request", async () => {
    const { time, model, client } = start();
    const [first, second, third] = [connect(model), connect(model), connect(model)];
    const waits = [first, second, third].map((one) => one.send(["BZPOPMIN", "z", "5"]));
    await client.send(["ZADD", "z", "1", "a"]);
    assert.deepEqual(await waits[0], ["z", "a", new DoubleReply(1)]);
    assert.equal(await client.send(["CLIENT", "UNBLOCK", String(second.id)]), 1);
    assert.equal(await waits[1], null);
    time.pass(5_000);
    assert.equal(await waits[2], null);
    assert.equal(await client.send(["CLIENT", "UNBLOCK", String(third.id)]), 0);
  });
});
