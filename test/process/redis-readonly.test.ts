import assert from "node:assert/strict";
import { test } from "node:test";
import type { Redis } from "ioredis";
import { persistentClient } from "../../src/bull/connection/new-client.ts";
import { redisTarget } from "../../src/bull/connection/redis-target.ts";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import { eventually } from "../support/deadline.ts";
import { useRedis } from "../support/use-redis.ts";

const waitMs = 30_000;

const { redis, client } = await useRedis();

test("a connection that is refused with READONLY for many commands at once ends once, and each command is sent again", async () => {
  const warnings: string[] = [];
  const warned = ({ message }: Error) => void warnings.push(message);
  process.on("warning", warned);
  const refused = persistentClient(await bundledBull(), redisTarget(redis.url)) as Redis;
  let closes = 0;
  refused.on("error", () => undefined);
  refused.on("close", () => (closes += 1));
  try {
    await refused.ping();
    await client.replicaof("127.0.0.1", 1);
    const sets = Promise.all(Array.from({ length: 100 }, (_, index) => refused.set(`key-${index}`, 1)));
    await eventually(waitMs, "two connections to end", () => closes >= 2);
    await client.replicaof("NO", "ONE");
    assert.deepEqual(new Set(await sets), new Set(["OK"]));
    assert.deepEqual(warnings, []);
  } finally {
    await client.replicaof("NO", "ONE");
    refused.disconnect();
    process.off("warning", warned);
  }
});
