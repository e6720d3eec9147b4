import assert from "node:assert/strict";
import { test } from "node:test";
import { QueueKeys, Worker } from "bullmq";
import { WaitingHeads } from "../../src/bull/keys/waiting-heads.ts";
import type { QueueKeys as Keys } from "../../src/bull/library/key-layout.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();

test("the next job is one that BullMQ would give now: none of a queue that is paused, full or rate-limited", async () => {
  await using queue = openQueue(redis, "jobs");
  const worker = new Worker("jobs", null, { connection: { port: redis.port } });
  try {
    const heads = new WaitingHeads(client);
    const keys = new QueueKeys("bull").getKeys("jobs") as unknown as Keys;
    for (const jobId of ["one", "two"]) await queue.add("job", {}, { jobId });
    assert.equal(await heads.head(keys), "one");
    await queue.pause();
    assert.equal(await heads.head(keys), undefined, "paused");
    await queue.resume();
    await queue.setGlobalRateLimit(2, 600_000);
    await worker.getNextJob("token", { block: false });
    assert.equal(await heads.head(keys), "two", "one job of the two that its limit allows");
    await queue.setGlobalRateLimit(1, 600_000);
    assert.equal(await heads.head(keys), undefined, "limited");
    await queue.removeGlobalRateLimit();
    assert.equal(await heads.head(keys), "two", "the limit was lifted, and its key is still there");
    await queue.setGlobalConcurrency(1);
    assert.equal(await heads.head(keys), undefined, "at its global concurrency");
  } finally {
    await worker.close();
  }
});
