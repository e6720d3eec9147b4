import assert from "node:assert/strict";
import { test } from "node:test";
import { redisTarget } from "../../../src/bull/redis-target.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";

test("a URL is ioredis' business, its address is without the password", () => {
  const url = "rediss://user:secret@redis.internal:6380/2";
  assert.deepEqual(redisTarget(url), { url, options: {}, address: "redis.internal:6380" });
  assert.equal(redisTarget("redis://localhost").address, "localhost:6379");
});

test("the path of a unix socket", () => {
  const path = "/run/redis.sock";
  assert.deepEqual(redisTarget(path), { url: undefined, options: { path }, address: path });
});

test("ioredis options go through, with or without a URL among them", () => {
  const options = { host: "redis.internal", db: 1, tls: {} };
  assert.deepEqual(redisTarget(options), { url: undefined, options, address: "redis.internal:6379" });
  const url = "redis://redis.internal:7000";
  assert.deepEqual(redisTarget({ url, db: 1 }), { url, options: { db: 1 }, address: "redis.internal:7000" });
});

for (const [what, connection, got] of [
  ["another scheme", "http://localhost", "the scheme http://"],
  ["no URL", "localhost", "a string that is no URL"],
  ["a client", { duplicate: () => undefined }, "a client"],
  ["a key prefix", { keyPrefix: "app:" }, "keyPrefix"],
] as const) {
  test(`${what} is refused in one line`, () => {
    assert.throws(
      () => redisTarget(connection),
      (error: unknown) =>
        error instanceof ForkerError && error.exit === "badConfig" && error.message.includes(`got ${got}`),
    );
  });
}
