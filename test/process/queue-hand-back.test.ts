import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "bullmq";
import { Markers } from "../../src/bull/keys/markers.ts";
import { handBack } from "../../src/bull/worker/hand-back.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();

for (const priority of [0, 5]) {
  test(`a job of priority ${priority} is handed back at no cost, and its queue is marked`, async () => {
    const name = `priority-${priority}`;
    await using queue = openQueue(redis, name);
    const worker = new Worker(name, null, { connection: { port: redis.port } });
    try {
      await queue.add("job", {}, { priority });
      const job = await worker.getNextJob("token", { block: false });
      assert.ok(job);
      await client.del(`bull:${name}:marker`);
      await handBack(job, "token", () => new Markers(client).mark(`bull:${name}:marker`));
      assert.equal(await job.getState(), priority === 0 ? "waiting" : "prioritized");
      assert.equal(await client.zscore(`bull:${name}:marker`, "0"), "0");
      assert.equal((await queue.getJob(job.id ?? ""))?.attemptsMade, 0);
    } finally {
      await worker.close();
    }
  });
}

test("a worker that does not own a job's lock cannot hand it back", async () => {
  await using queue = openQueue(redis, "foreign");
  const worker = new Worker("foreign", null, { connection: { port: redis.port } });
  try {
    await queue.add("job", {});
    const job = await worker.getNextJob("mine", { block: false });
    assert.ok(job);
    await assert.rejects(
      handBack(job, "theirs", () => new Markers(client).mark("bull:foreign:marker")),
      /lock/i,
    );
    assert.equal(await job.getState(), "active");
  } finally {
    await worker.close();
  }
});
