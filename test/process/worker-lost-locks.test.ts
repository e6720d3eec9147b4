import assert from "node:assert/strict";
import { test } from "node:test";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, type TestWorker, withoutMaintenance } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();

/** Takes the job like another worker that has found it without a lock. */
async function takeAway(queue: string, id: string): Promise<void> {
  await client.multi().set(`bull:${queue}:${id}:lock`, "another's").hincrby(`bull:${queue}:${id}`, "ats", 1).exec();
}

async function untilAborted(worker: TestWorker, why: string): Promise<void> {
  const event = `aborted by JobLockLostError: its lock was lost, and ${why}`;
  await worker.until("the abort", () => worker.events.includes(event));
}

/** No end was written, and the worker continues. */
async function leftAlone(worker: TestWorker, queue: ReturnType<typeof openQueue>): Promise<void> {
  await queue.add("next", {}, { jobId: "next" });
  await worker.until("the next job", () => worker.statusUpdate?.finished === 1);
  assert.equal(worker.statusUpdate?.failed, 0);
  assert.ok(!worker.events.some((event) => event.startsWith("failure ")));
}

test("a job that another worker has taken is aborted, and what its processor returns is not written", async () => {
  await using queue = openQueue(redis, "taken");
  const { id = "" } = await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["taken"] });
  await worker.until("a start", () => worker.started.length === 1);
  await takeAway("taken", id);
  await untilAborted(worker, "another worker has taken it");
  await leftAlone(worker, queue);
  assert.equal(await client.get(`bull:taken:${id}:lock`), "another's");
  assert.equal(await queue.getJobState(id), "active");
});

test("a job that another worker has taken and finished is aborted too, even if no job is active", async () => {
  await using queue = openQueue(redis, "ended");
  const { id = "" } = await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["ended"] });
  await worker.until("a start", () => worker.started.length === 1);
  await takeAway("ended", id);
  await client.multi().lrem("bull:ended:active", 0, id).del(`bull:ended:${id}:lock`).exec();
  await untilAborted(worker, "another worker has taken it");
  await leftAlone(worker, queue);
});

test("a job is aborted when a renewal of its lock fails, without a look of the worker's own", async () => {
  await using queue = openQueue(redis, "renewal");
  const { id = "" } = await queue.add("job", { ms: 60_000 });
  const settings = { lockDurationMs: 1_000 };
  await using worker = await startWorker({
    redisUrl: redis.url,
    queues: ["renewal"],
    settings,
    environment: withoutMaintenance,
  });
  await worker.until("a start", () => worker.started.length === 1);
  await takeAway("renewal", id);
  await untilAborted(worker, "another worker has taken it");
  await leftAlone(worker, queue);
});

test("a job that was removed is aborted too", async () => {
  await using queue = openQueue(redis, "removed");
  const { id = "" } = await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["removed"] });
  await worker.until("a start", () => worker.started.length === 1);
  await client.multi().lrem("bull:removed:active", 0, id).del(`bull:removed:${id}:lock`, `bull:removed:${id}`).exec();
  await untilAborted(worker, "it was removed");
  await leftAlone(worker, queue);
});

test("a processor that ignores its signal ends as it likes, and its result is not written", async () => {
  await using queue = openQueue(redis, "deaf");
  const { id = "" } = await queue.add("job", { ms: 7_000, deaf: true });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["deaf"] });
  await worker.until("a start", () => worker.started.length === 1);
  await takeAway("deaf", id);
  await worker.until("the line", () => worker.lines.some((line) => line.includes("aborted job: its lock was lost")));
  await worker.until("the processor's end", () => worker.events.includes(`end deaf:${id}`));
  await leftAlone(worker, queue);
  assert.equal(await client.get(`bull:deaf:${id}:lock`), "another's");
});

test("a processor that has moved its job itself, and goes on, is not aborted", async () => {
  await using queue = openQueue(redis, "moved");
  const { id = "" } = await queue.add("job", { thenMs: 7_000, delayMs: 3_600_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["moved"] });
  await worker.until("the order", () => worker.events.includes(`delay moved:${id}`));
  await worker.until("the processor's end", () => worker.events.includes(`moved moved:${id}`));
  await leftAlone(worker, queue);
  assert.ok(!worker.events.some((event) => event.startsWith("aborted ")));
  assert.equal(await queue.getJobState(id), "delayed");
});
