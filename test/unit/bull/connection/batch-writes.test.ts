import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Redis } from "ioredis";
import { batchWrites, holdWrites } from "../../../../src/bull/connection/batch-writes.ts";
import { startRedis } from "../../../support/redis.ts";

/** A ready client, and how many commands each of its writes had, which are all PINGs. */
async function recordedClient(url: string) {
  const client = new Redis(url);
  batchWrites(client);
  await once(client, "ready");
  await client.ping();
  const writes: number[] = [];
  const { stream } = client;
  const [one, many] = [stream._write.bind(stream), stream._writev?.bind(stream)];
  if (many === undefined) throw new Error("expected a socket");
  stream._write = (...call) => {
    writes.push(1);
    one(...call);
  };
  stream._writev = (chunks, done) => {
    writes.push(chunks.length);
    many(chunks, done);
  };
  return { client, writes, [Symbol.dispose]: () => client.disconnect() };
}

describe("a client's writes", () => {
  test("have two commands each while Redis is busy, and none waits for a command that does not follow", async () => {
    await using redis = await startRedis();
    using recorded = await recordedClient(redis.url);
    const { client, writes } = recorded;
    const asked = Array.from({ length: 7 }, () => client.ping());
    assert.deepEqual(writes, [1, 1, 2, 2]);
    await Promise.all(asked);
    assert.deepEqual(writes, [1, 1, 2, 2, 1]);
    await client.ping();
    assert.deepEqual(writes, [1, 1, 2, 2, 1, 1]);
  });

  test("are held until the end of the turn if the caller asks for it", async () => {
    await using redis = await startRedis();
    using recorded = await recordedClient(redis.url);
    const { client, writes } = recorded;
    holdWrites(client);
    await Promise.all([client.ping(), client.ping(), client.ping(), client.ping()]);
    assert.deepEqual(writes, [4]);
  });

  test("are complete when the connection is closed", async () => {
    await using redis = await startRedis();
    using recorded = await recordedClient(redis.url);
    const { client, writes } = recorded;
    const asked = Array.from({ length: 3 }, () => client.ping());
    client.disconnect();
    await Promise.allSettled(asked);
    assert.deepEqual(writes, [1, 1, 1]);
  });
});
