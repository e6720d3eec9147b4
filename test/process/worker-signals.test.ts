import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();
beforeEach(async () => await client.flushall());

test("USR2 suspends a worker, however often it comes, and CONT resumes it", async () => {
  await using queue = openQueue(redis, "queue");
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.untilReady();
  for (let round = 0; round < 10; round++) {
    worker.kill("SIGUSR2");
    await worker.untilMode("suspended");
    await queue.add("job", {}, { jobId: `round-${round}` });
    // If the worker took the job, it would do so within milliseconds. This waits for more than a round trip.
    for (let ping = 0; ping < 50; ping++) await client.ping();
    assert.equal(await queue.getWaitingCount(), 1);
    worker.kill("SIGCONT");
    await worker.until("the job", () => worker.statusUpdate?.finished === round + 1, 1_500);
  }
  assert.deepEqual(worker.statusUpdate?.mode, "taking");
});

test("USR2 lets running jobs finish", async () => {
  await using queue = openQueue(redis, "queue");
  await queue.addBulk([1, 2].map(() => ({ name: "job", data: { ms: 200 } })));
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGUSR2");
  await worker.until("its end", () => worker.statusUpdate?.finished === 1);
  assert.equal(await queue.getWaitingCount(), 1);
  assert.equal(worker.started.length, 1);
});

test("a standby worker takes nothing until init orders it to, and can start suspended", async () => {
  await using queue = openQueue(redis, "queue");
  await queue.add("job", {});
  await using worker = await startWorker({
    redisUrl: redis.url,
    queues: ["queue"],
    takes: false,
  });
  await worker.untilReady();
  assert.equal(worker.statusUpdate?.mode, "standby");
  worker.send({ kind: "suspend" });
  worker.send({ kind: "take" });
  await worker.untilMode("suspended");
  assert.equal(await queue.getWaitingCount(), 1);
  worker.send({ kind: "resume" });
  await worker.until("the job", () => worker.statusUpdate?.finished === 1);
});

test("TERM hands back unfinished jobs to the front of their queue, at no cost", async () => {
  await using queue = openQueue(redis, "queue");
  await using prioritized = openQueue(redis, "prioritized");
  await queue.addBulk(["a", "b", "c"].map((jobId) => ({ name: "job", data: { ms: 60_000 }, opts: { jobId } })));
  await prioritized.add("job", { ms: 60_000, deaf: true }, { priority: 5, jobId: "p" });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue", "prioritized"], concurrency: 4 });
  await worker.until("four starts", () => worker.started.length === 4);
  await queue.add("job", {}, { jobId: "d" });
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual(worker.exitReport?.lost, []);
  const handedBack = worker.exitReport?.handedBack.map(({ queue: name, id }) => `${name}:${id}`).sort();
  assert.deepEqual(handedBack, ["prioritized:p", "queue:a", "queue:b", "queue:c"]);
  const waiting = await queue.getWaiting();
  assert.deepEqual(new Set(waiting.map(({ id }) => id)), new Set(["a", "b", "c", "d"]));
  assert.equal((await client.lrange("bull:queue:wait", 0, 0)).join(), "d", "d, which nobody had started, comes last");
  for (const job of [...waiting, await prioritized.getJob("p")]) assert.equal(job?.attemptsMade, 0);
  assert.equal(await prioritized.getJobState("p"), "prioritized");
  assert.ok(worker.events.includes("teardown"));
});

test("an idle worker takes a handed-back job within half a second, even a prioritized one", async () => {
  await using queue = openQueue(redis, "queue");
  const jobs = [
    { name: "job", data: { ms: 60_000 }, opts: { jobId: "of-none" } },
    { name: "job", data: { ms: 60_000 }, opts: { jobId: "of-three", priority: 3 } },
  ];
  for (const job of jobs) {
    await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
    await queue.add(job.name, job.data, job.opts);
    await worker.until("its start", () => worker.started.length === 1);
    await using idle = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
    await idle.untilReady();
    worker.kill("SIGTERM");
    await worker.until("its end", () => worker.exitReport !== undefined);
    await idle.until("the job elsewhere", () => idle.started.length === 1, 500);
    idle.kill("SIGKILL");
    await client.flushall();
  }
});

test("TERM lets a job complete that ends in time", async () => {
  await using queue = openQueue(redis, "queue");
  const { id = "" } = await queue.add("job", { ms: 300, deaf: true });
  await using worker = await startWorker({
    redisUrl: redis.url,
    queues: ["queue"],
    settings: { stopTimeoutMs: 2_000 },
  });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.equal(await queue.getJobState(id), "completed");
  assert.equal(worker.exitReport?.finished, 1);
  assert.deepEqual(worker.exitReport?.handedBack, []);
});

test("QUIT finishes the held jobs, whatever comes with it", async () => {
  await using queue = openQueue(redis, "queue");
  await queue.addBulk([1, 2, 3].map(() => ({ name: "job", data: { ms: 3_000, spinMs: 500 } })));
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"], concurrency: 2 });
  await worker.until("two starts", () => worker.started.length === 2);
  // The second job blocks the event loop, so the worker learns of both signals at the same moment.
  worker.kill("SIGTERM");
  worker.kill("SIGQUIT");
  assert.equal(await worker.exitCode(), 0);
  assert.equal(worker.exitReport?.finished, 2);
  assert.equal(await queue.getCompletedCount(), 2);
  assert.equal(await queue.getWaitingCount(), 1);
});

test("the first TERM of a drain joins it, and the second stops at once", async () => {
  await using queue = openQueue(redis, "queue");
  await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGQUIT");
  await worker.untilMode("draining");
  worker.kill("SIGTERM");
  await worker.until("the first TERM", () => worker.lines.some((line) => line.includes('"order":"joinDrain"')));
  assert.equal(worker.statusUpdate?.mode, "draining");
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.equal(worker.exitReport?.handedBack.length, 1);
});

test("HUP drains", async () => {
  await using queue = openQueue(redis, "queue");
  await queue.add("job", { ms: 200 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGHUP");
  assert.equal(await worker.exitCode(), 0);
  assert.equal(worker.exitReport?.finished, 1);
});

test("a worker renews its locks to the very end of a drain", async () => {
  await using queue = openQueue(redis, "queue");
  const { id = "" } = await queue.add("job", { ms: 2_500, deaf: true });
  const settings = { lockDurationMs: 1_000 };
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"], settings });
  await worker.until("a start", () => worker.started.length === 1);
  await using other = await startWorker({ redisUrl: redis.url, queues: ["queue"], settings });
  worker.kill("SIGQUIT");
  assert.equal(await worker.exitCode(), 0);
  assert.equal(await queue.getJobState(id), "completed");
  assert.deepEqual(other.started, []);
});

for (const [stopped, state] of [
  ["fail", "failed"],
  ["retry", "delayed"],
  ["handback", "waiting"],
] as const) {
  test(`USR1 stops the job and keeps the worker with FORKER_STOPPED_JOBS=${stopped}`, async () => {
    await using queue = openQueue(redis, "queue");
    const options = { attempts: 5, backoff: { type: "fixed", delay: 60_000 } };
    const { id = "" } = await queue.add("job", { ms: 60_000 }, options);
    await using worker = await startWorker({
      redisUrl: redis.url,
      queues: ["queue"],
      settings: { stoppedJobs: stopped },
    });
    await worker.until("a start", () => worker.statusUpdate?.holding.length === 1);
    if (stopped === "handback") worker.send({ kind: "suspend" });
    worker.kill("SIGUSR1");
    await worker.until("nothing held", () => worker.statusUpdate?.holding.length === 0);
    assert.equal(await queue.getJobState(id), state);
    const job = await queue.getJob(id);
    assert.equal(job?.attemptsMade, stopped === "handback" ? 0 : 1);
    if (stopped !== "handback") assert.equal(job?.failedReason, "job stopped by SIGUSR1");
    // Added before the resume and in front of the job that was handed back, which would occupy the worker for a minute.
    await queue.add("job", {}, { jobId: "next", lifo: true });
    worker.send({ kind: "resume" });
    await worker.until("the next job", () => worker.started.includes("queue:next"));
  });
}

test("USR1 ends the process of a processor that ignores its signal, and the job still ends as requested", async () => {
  await using queue = openQueue(redis, "queue");
  await using held = openQueue(redis, "held");
  const { id = "" } = await queue.add("job", { ms: 60_000, deaf: true }, { attempts: 3 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue", "held"], concurrency: 2 });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGUSR1");
  await held.add("job", {});
  assert.equal(await worker.exitCode(), 0);
  assert.equal(await queue.getJobState(id), "failed");
  assert.equal((await queue.getJob(id))?.failedReason, "job stopped by SIGUSR1");
  assert.deepEqual(worker.exitReport?.lost, []);
  assert.equal((await held.getWaitingCount()) + (await held.getCompletedCount()), 1);
});

test("USR1 without a held job does nothing", async () => {
  await using queue = openQueue(redis, "queue");
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  worker.kill("SIGUSR1");
  await queue.add("job", {});
  await worker.until("a job after it", () => worker.statusUpdate?.finished === 1);
});

test("a worker whose init is gone hands its jobs back and ends", async () => {
  await using queue = openQueue(redis, "queue");
  const { id = "" } = await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["queue"] });
  await worker.until("a start", () => worker.started.length === 1);
  worker.channel?.abandon();
  assert.equal(await worker.exitCode(), 0);
  assert.equal(await queue.getJobState(id), "waiting");
});
