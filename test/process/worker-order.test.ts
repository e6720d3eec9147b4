import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

let redis: TestRedis;
before(async () => {
  redis = await startRedis();
});
after(async () => await redis.close());

test("after every job the queue list is looked at from its start", async () => {
  await using first = openQueue(redis, "first");
  await using second = openQueue(redis, "second");
  await second.addBulk(Array.from({ length: 6 }, () => ({ name: "job", data: { ms: 20 } })));
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["first", "second"] });
  await worker.until("two jobs of second", () => worker.started.length === 2);
  await first.addBulk(Array.from({ length: 3 }, () => ({ name: "job", data: { ms: 20 } })));
  await worker.until("9 jobs", () => worker.pulse?.finished === 9);
  const order = worker.started.map((name) => name.split(":")[0]).join(" ");
  assert.equal(order, "second second first first first second second second second");
});
