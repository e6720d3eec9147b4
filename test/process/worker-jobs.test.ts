import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, withoutMaintenance } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();
beforeEach(async () => await client.flushall());

test("delayed jobs start when they are due, on an idle worker and on a busy one", async () => {
  await using other = openQueue(redis, "other");
  await using queue = openQueue(redis, "queue");
  const environment = withoutMaintenance;
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["other", "queue"], environment });
  await worker.untilReady();
  for (const delay of [700, 300, 500]) await queue.add("job", {}, { jobId: `after-${delay}`, delay });
  await worker.until("three jobs", () => worker.statusUpdate?.finished === 3);
  assert.deepEqual(worker.started, ["queue:after-300", "queue:after-500", "queue:after-700"]);
  for (const delay of [300, 500, 700]) {
    const job = await queue.getJob(`after-${delay}`);
    const lateMs = (job?.processedOn ?? Number.POSITIVE_INFINITY) - (job?.timestamp ?? 0) - delay;
    assert.ok(lateMs >= -1, `${lateMs} ms late`);
  }
  await queue.add("job", {}, { delay: 100 });
  await other.add("job", { ms: 300 });
  await worker.until("five jobs", () => worker.statusUpdate?.finished === 5);
});

test("prioritized jobs of one queue run in the order of their priority", async () => {
  await using queue = openQueue(redis, "queue");
  for (const priority of [3, 1, 2]) await queue.add("job", {}, { priority, jobId: `p${priority}` });
  await queue.add("job", {}, { jobId: "none" });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.until("four jobs", () => worker.statusUpdate?.finished === 4);
  assert.deepEqual(worker.started, ["queue:none", "queue:p1", "queue:p2", "queue:p3"]);
});

test("a failing job is retried as often and as late as its options say, and onFailure is called each time", async () => {
  await using queue = openQueue(redis, "queue");
  const options = { attempts: 3, backoff: { type: "fixed", delay: 150 } };
  const { id = "" } = await queue.add("job", { fail: "no such file" }, options);
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.until("three failures", () => worker.statusUpdate?.failed === 3);
  const job = await queue.getJob(id);
  assert.equal(job?.attemptsMade, 3);
  assert.equal(job?.failedReason, "no such file");
  assert.equal(await job?.getState(), "failed");
  const failures = worker.events.filter((event) => event === `failure queue:${id} Error: no such file`);
  assert.equal(failures.length, 3);
});

test("a job that throws a value without a message fails, and its worker and the other job continue", async () => {
  await using queue = openQueue(redis, "queue");
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"], concurrency: 2 });
  await worker.untilReady();
  const beside = await queue.add("job", { ms: 300 });
  const { id = "" } = await queue.add("job", { fail: "without a text" });
  await worker.until("both ended", () => worker.statusUpdate?.failed === 1 && worker.statusUpdate.finished === 1);
  assert.match((await queue.getJob(id))?.failedReason ?? "", /code: 3/);
  assert.equal(await beside.getState(), "completed");
});

test("a failure that BullMQ cannot write down still fails the job, once and with its reason", async () => {
  await using queue = openQueue(redis, "queue");
  const options = { attempts: 3, backoff: { type: "nobody knows this one" } };
  const { id = "" } = await queue.add("job", { fail: "no such file" }, options);
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.until("the failure", () => worker.statusUpdate?.failed === 1);
  const job = await queue.getJob(id);
  assert.equal(await job?.getState(), "failed");
  assert.equal(job?.failedReason, "no such file");
  await queue.add("job", {});
  await worker.until("the next one", () => worker.statusUpdate?.finished === 1);
  assert.equal(worker.started.filter((name) => name === `queue:${id}`).length, 1);
});

test("a job scheduler's next job is created when the last one is taken", async () => {
  await using queue = openQueue(redis, "queue");
  await queue.upsertJobScheduler("tick", { every: 200 }, { name: "tick" });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.until("four ticks", () => (worker.statusUpdate?.finished ?? 0) >= 4);
});

test("a queue's own rate limit holds without holding up the queues below it", async () => {
  await using limited = openQueue(redis, "limited");
  await using free = openQueue(redis, "free");
  await limited.setGlobalRateLimit(2, 500);
  await limited.addBulk(Array.from({ length: 5 }, () => ({ name: "job", data: {} })));
  await free.addBulk(Array.from({ length: 3 }, () => ({ name: "job", data: {} })));
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["limited", "free"] });
  await worker.until("eight jobs", () => worker.statusUpdate?.finished === 8);
  const order = worker.started.map((name) => name.split(":")[0]);
  assert.equal(order.join(" "), "limited limited free free free limited limited limited");
  const jobs = await limited.getCompleted();
  const times = jobs.map((job) => job.processedOn ?? 0).sort((left, right) => left - right);
  assert.ok((times[4] ?? 0) - (times[0] ?? 0) >= 900, times.join(" "));
});

test("a job that reports a rate limit goes back, and its queue rests", async () => {
  await using queue = openQueue(redis, "queue");
  const { id = "" } = await queue.add("job", { rateLimitMs: 300 });
  const environment = withoutMaintenance;
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"], environment });
  await worker.until("the job", () => worker.statusUpdate?.finished === 1);
  const job = await queue.getJob(id);
  assert.equal(job?.attemptsMade, 1);
  assert.equal(worker.statusUpdate?.failed, 0);
  assert.deepEqual(worker.started, [`queue:${id}`, `queue:${id}`]);
});

test("a queue's global concurrency holds across several workers, and all of its jobs run", async () => {
  await using queue = openQueue(redis, "queue");
  await queue.setGlobalConcurrency(1);
  await using one = await startWorker({ redisUrl: redis.url, queues: ["queue"], concurrency: 2 });
  await using two = await startWorker({ redisUrl: redis.url, queues: ["queue"], concurrency: 2 });
  await queue.addBulk(Array.from({ length: 8 }, () => ({ name: "job", data: { ms: 30 } })));
  await one.until(
    "eight jobs",
    () => (one.statusUpdate?.finished ?? 0) + (two.statusUpdate?.finished ?? 0) === 8,
    3_000,
  );
  const jobs = (await queue.getCompleted()).sort((left, right) => (left.processedOn ?? 0) - (right.processedOn ?? 0));
  for (const [index, job] of jobs.slice(1).entries()) {
    assert.ok((job.processedOn ?? 0) >= (jobs[index]?.finishedOn ?? 0), "two jobs at a time");
  }
});

test("a paused queue is left alone until it is resumed", async () => {
  await using paused = openQueue(redis, "paused");
  await using free = openQueue(redis, "free");
  await paused.pause();
  await paused.add("job", {});
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["paused", "free"] });
  await free.add("job", {});
  await worker.until("the job of free", () => worker.statusUpdate?.finished === 1);
  assert.equal(await paused.getWaitingCount(), 1);
  await paused.resume();
  await worker.until("the job of paused", () => worker.statusUpdate?.finished === 2, 1_500);
});
