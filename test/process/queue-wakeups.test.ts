import assert from "node:assert/strict";
import { test } from "node:test";
import type { Queue } from "bullmq";
import { eventually } from "../support/deadline.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, withoutMaintenance } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();

const queues = ["one", "two", "three", "four"];
const jobsAQueue = 150;

test("several workers overlook no plain, delayed or prioritized job under a global concurrency", async () => {
  const producers = queues.map((name) => openQueue(redis, name));
  await producers[1]?.setGlobalConcurrency(1);
  const workers = await Promise.all(
    [0, 1, 2].map((slot) =>
      startWorker({
        redisUrl: redis.url,
        queues,
        concurrency: 1 + (slot % 2),
        slot,
        environment: withoutMaintenance,
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

test("a marker that a killed worker had taken is put back", async () => {
  await using queue = openQueue(redis, "grave");
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["grave"] });
  await worker.untilReady();
  worker.send({ kind: "suspend" });
  await worker.untilMode("suspended");
  await queue.add("job", {});
  // Redis may give the marker to the wait that the worker has just ended. The worker puts it back then.
  await eventually(30_000, "the marker, removed", async () => (await client.del("bull:grave:marker")) === 1);
  worker.send({ kind: "resume" });
  await worker.until("the job", () => worker.statusUpdate?.finished === 1);
});

/** A worker looks at a limited queue again after half of FORKER_STUCK_TIMEOUT at most. */
const looksOften = { stuckTimeoutMs: 1_000 };
const anHourMs = 3_600_000;

for (const [how, lift] of [
  ["raised", async (queue: Queue) => await queue.setGlobalRateLimit(1_000, 1_000)],
  ["removed", async (queue: Queue) => await queue.removeGlobalRateLimit()],
  ["reset by removing its key", async (queue: Queue) => await queue.removeRateLimitKey()],
] as const) {
  test(`a worker notices a rate limit that is ${how} long before the limit ends`, async () => {
    await using queue = openQueue(redis, `limit-${how.replaceAll(" ", "-")}`);
    await queue.setGlobalRateLimit(1, anHourMs);
    await using worker = await startWorker({ redisUrl: redis.url, queues: [queue.name], settings: looksOften });
    await queue.add("job", {});
    // At the end of its first job the worker asks for the next one, and meets the limit.
    await worker.until("the first job", () => worker.statusUpdate?.finished === 1);
    await queue.add("job", {});
    await lift(queue);
    await worker.until("the second job", () => worker.statusUpdate?.finished === 2);
  });
}

test("a worker that is busy below a limited queue goes back up when the limit is lifted", async () => {
  await using limited = openQueue(redis, "limited-above");
  await using below = openQueue(redis, "busy-below");
  await limited.setGlobalRateLimit(1, anHourMs);
  await using worker = await startWorker({
    redisUrl: redis.url,
    queues: [limited.name, below.name],
    settings: looksOften,
  });
  await limited.add("job", {});
  await worker.until("the first job", () => worker.statusUpdate?.finished === 1);
  await limited.add("job", {}, { jobId: "above" });
  await below.addBulk(Array.from({ length: 2_000 }, () => ({ name: "job", data: { ms: 20 } })));
  await worker.until("it runs a job of the lower queue", () => worker.started.length > 10);
  await limited.removeGlobalRateLimit();
  await worker.until("the job above", () => worker.started.includes(`${limited.name}:above`));
  assert.ok((await below.getWaitingCount()) > 0, "it came before those below");
});

test("a worker notices a raised global concurrency although nobody marks the queue", async () => {
  await using queue = openQueue(redis, "raised-concurrency");
  await queue.setGlobalConcurrency(1);
  await using worker = await startWorker({ redisUrl: redis.url, queues: [queue.name], concurrency: 2 });
  for (const jobId of ["one", "two"]) await queue.add("job", { ms: anHourMs }, { jobId });
  await worker.until("the first job", () => worker.started.length === 1);
  await queue.setGlobalConcurrency(2);
  await worker.until("the second job", () => worker.started.length === 2);
});
