import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

const deadlineMs = 20_000;

const { redis, client } = await useRedis();

const lockOf = (queue: string, id: string | undefined) => `bull:${queue}:${id}:lock`;

/** As after an outage that is longer than the lock's duration: the lock has expired when Redis is back. */
async function saveWithoutLock(queue: string, id: string | undefined): Promise<void> {
  assert.equal(await client.del(lockOf(queue, id)), 1);
  await client.save();
}

type TestQueue = ReturnType<typeof openQueue>;

async function countsOf(queue: TestQueue, id: string | undefined) {
  const job = await queue.getJob(id ?? "");
  return { started: job?.attemptsStarted, made: job?.attemptsMade, stalled: job?.stalledCounter };
}

async function ranOnce(queue: TestQueue, id: string | undefined): Promise<void> {
  assert.equal(await queue.getJobState(id ?? ""), "completed");
  assert.deepEqual(await countsOf(queue, id), { started: 1, made: 1, stalled: 0 });
}

test("a job that ends while Redis is away for longer than its lock completes, and runs once", async () => {
  await using queue = openQueue(redis, "ends-away");
  const { id } = await queue.add("job", { ms: 300, deaf: true });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["ends-away"] });
  await worker.until("a start", () => worker.started.length === 1);
  await saveWithoutLock("ends-away", id);
  await redis.kill();
  await worker.until("the processor's end", () => worker.events.includes(`end ends-away:${id}`));
  await redis.start();
  await worker.until("the job completed", () => worker.statusUpdate?.finished === 1);
  await ranOnce(queue, id);
  assert.equal(worker.started.length, 1);
});

test("a job that runs on when Redis is back has its lock again before the stalled check looks", async () => {
  await using queue = openQueue(redis, "runs-on");
  const { id } = await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["runs-on"] });
  await worker.until("a start", () => worker.started.length === 1);
  // Another worker's stalled check has already marked the job.
  await client.sadd("bull:runs-on:stalled", id ?? "");
  await saveWithoutLock("runs-on", id);
  await redis.kill();
  await worker.until("the news", () => worker.statusUpdate?.connected === false);
  await redis.start();
  await eventually(deadlineMs, "the lock", async () => (await client.get(lockOf("runs-on", id))) !== null);
  assert.equal(await client.sismember("bull:runs-on:stalled", id ?? ""), 0);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual(worker.exitReport?.handedBack, [{ queue: "runs-on", id }]);
});

test("an expired lock is set again even if no connection noticed that Redis hung", async () => {
  await using queue = openQueue(redis, "hung");
  const { id } = await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["hung"] });
  await worker.until("a start", () => worker.started.length === 1);
  assert.equal(await client.del(lockOf("hung", id)), 1);
  await eventually(deadlineMs, "the lock", async () => (await client.get(lockOf("hung", id))) !== null);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual(worker.exitReport?.handedBack, [{ queue: "hung", id }]);
});

test("the end of a job is accepted even if its lock expired while Redis hung", async () => {
  await using queue = openQueue(redis, "hung-end");
  const { id } = await queue.add("job", { ms: 300, deaf: true });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["hung-end"] });
  await worker.until("a start", () => worker.started.length === 1);
  assert.equal(await client.del(lockOf("hung-end", id)), 1);
  await worker.until("the job completed", () => worker.statusUpdate?.finished === 1);
  await ranOnce(queue, id);
});

test("a job that delays itself while Redis is away for longer than its lock does not fail", async () => {
  await using queue = openQueue(redis, "delays");
  const { id } = await queue.add("job", { ms: 300, deaf: true, delayMs: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["delays"] });
  await worker.until("a start", () => worker.started.length === 1);
  await saveWithoutLock("delays", id);
  await redis.kill();
  await worker.until("the order", () => worker.events.includes(`delay delays:${id}`));
  await redis.start();
  await worker.until("the job completed", () => worker.statusUpdate?.finished === 1);
  assert.deepEqual(await countsOf(queue, id), { started: 2, made: 1, stalled: 0 });
  assert.equal(worker.statusUpdate?.failed, 0);
});

test("a job that another worker has taken is not named as lost when this one stops", async () => {
  await using queue = openQueue(redis, "stopped");
  const { id } = await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["stopped"] });
  await worker.until("a start", () => worker.started.length === 1);
  await client.set(lockOf("stopped", id), "another's");
  await client.hincrby(`bull:stopped:${id}`, "ats", 1);
  await client.save();
  await redis.kill();
  await worker.until("the news", () => worker.statusUpdate?.connected === false);
  await redis.start();
  await worker.until("the connection", () => worker.statusUpdate?.connected === true);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual(worker.exitReport?.lost, []);
  assert.equal(await client.get(lockOf("stopped", id)), "another's");
});

test("an end that was in flight when Redis died is sent again, and a third time if Redis refuses it", async () => {
  await using queue = openQueue(redis, "under-way");
  const good = await queue.add("job", { ms: 300, deaf: true });
  const bad = await queue.add("job", { ms: 300, deaf: true, fail: "as it should" }, { attempts: 2 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["under-way"], concurrency: 2 });
  await worker.until("two starts", () => worker.started.length === 2);
  await client.del(lockOf("under-way", bad.id));
  await saveWithoutLock("under-way", good.id);
  await client.client("PAUSE", 60_000, "WRITE");
  await worker.until(
    "the processors' ends",
    () => worker.events.filter((one) => /^(end|throw) /.test(one)).length === 2,
  );
  await eventually(deadlineMs, "Redis has the ends of both", async () => {
    const clients = (await client.client("LIST")) as string;
    return clients.split("\n").some((one) => / flags=\w*b.* qbuf=[1-9].* cmd=eval/.test(one));
  });
  await redis.kill();
  await redis.start();
  await worker.until("the good one's completion", () => (worker.statusUpdate?.finished ?? 0) >= 1);
  await ranOnce(queue, good.id);
  await worker.until("the bad one's second failure", () => worker.statusUpdate?.failed === 2);
  assert.equal((await queue.getJob(bad.id ?? ""))?.failedReason, "as it should");
  assert.deepEqual(await countsOf(queue, bad.id), { started: 2, made: 2, stalled: 0 });
});

test("a job that another worker has taken meanwhile is left to it", async () => {
  await using queue = openQueue(redis, "taken");
  const { id } = await queue.add("job", { ms: 300, deaf: true });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["taken"] });
  await worker.until("a start", () => worker.started.length === 1);
  await client.set(lockOf("taken", id), "another's");
  await client.hincrby(`bull:taken:${id}`, "ats", 1);
  await client.save();
  await redis.kill();
  await redis.start();
  // Either the check of all locks after the reconnect or the end of the job comes first.
  const line = /"fate":"taken".*"msg":"(?:aborted job: its lock was lost|dropped the end of a job)"/;
  await worker.until("the reason", () => worker.lines.some((one) => line.test(one)));
  await worker.until("its processor's end", () => worker.events.includes(`end taken:${id}`));
  assert.equal(await client.get(lockOf("taken", id)), "another's");
  assert.deepEqual([worker.statusUpdate?.finished, worker.statusUpdate?.failed], [0, 0]);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
});
