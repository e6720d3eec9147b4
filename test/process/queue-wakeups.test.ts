import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Redis } from "ioredis";
import { eventually } from "../support/deadline.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

let redis: TestRedis;
let client: Redis;
before(async () => {
  redis = await startRedis();
  client = new Redis(redis.port);
});
after(async () => {
  client.disconnect();
  await redis.close();
});

const queues = ["one", "two", "three", "four"];
const jobsAQueue = 150;

test("no job is overlooked: plain, delayed and prioritized ones, several workers, a global concurrency", async () => {
  const producers = queues.map((name) => openQueue(redis, name));
  await producers[1]?.setGlobalConcurrency(1);
  const workers = await Promise.all(
    [0, 1, 2].map((slot) =>
      startWorker({
        redisUrl: redis.url,
        queues,
        concurrency: 1 + (slot % 2),
        slot,
        environment: { TEST_WITHOUT_UPKEEP: "1" },
      }),
    ),
  );
  try {
    const expected = queues.length * jobsAQueue;
    for (let number = 0; number < jobsAQueue; number++) {
      await Promise.all(
        producers.map(async (queue, index) => {
          const kind = (number + index) % 3;
          const options =
            kind === 0 ? {} : kind === 1 ? { delay: 20 + (number % 7) * 10 } : { priority: 1 + (number % 3) };
          await queue.add("job", { quiet: true, ms: number % 5 }, options);
        }),
      );
    }
    const finished = async () => {
      const counts = await Promise.all(producers.map((queue) => queue.getCompletedCount()));
      return counts.reduce((sum, count) => sum + count, 0) === expected;
    };
    await eventually(60_000, `${expected} jobs completed`, finished);
    for (const queue of producers) {
      const jobs = await queue.getCompleted();
      assert.equal(new Set(jobs.map(({ id }) => id)).size, jobsAQueue);
      for (const { id, attemptsStarted } of jobs)
        assert.equal(attemptsStarted, 1, `${queue.name}:${id} started ${attemptsStarted} times`);
    }
  } finally {
    for (const worker of workers) await worker[Symbol.asyncDispose]();
    for (const producer of producers) await producer.close();
  }
});

test("a marker that a worker took to its grave is put back", async () => {
  await using queue = openQueue(redis, "grave");
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["grave"] });
  await worker.untilReady();
  worker.send({ kind: "suspend" });
  await worker.untilMode("suspended");
  await queue.add("job", {});
  assert.equal(await client.del("bull:grave:marker"), 1);
  worker.send({ kind: "resume" });
  await worker.until("the job", () => worker.pulse?.finished === 1, 8_000);
});
