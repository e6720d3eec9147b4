import assert from "node:assert/strict";
import { test } from "node:test";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, type TestWorker } from "../support/worker-harness.ts";

const { redis } = await useRedis();

const retried = { stoppedJobs: "retry" } as const;

/** The answer to stop-job. */
async function answerTo(worker: TestWorker, queue: string, id: string) {
  worker.send({ kind: "stopJob", queue, id });
  await worker.until("the answer", () => worker.messages.some(({ kind }) => kind === "jobStopped"));
  return worker.messages.find((message) => message.kind === "jobStopped");
}

test("a stopped job is not retried if its processor throws UnrecoverableError, even with FORKER_STOPPED_JOBS=retry", async () => {
  await using queue = openQueue(redis, "unrecoverable");
  const { id = "" } = await queue.add("job", { ms: 60_000, control: "UnrecoverableError" }, { attempts: 5 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["unrecoverable"], settings: retried });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGUSR1");
  await worker.until("the end", () => worker.statusUpdate?.failed === 1);
  const job = await queue.getJob(id);
  assert.deepEqual([await job?.getState(), job?.attemptsMade, job?.failedReason], ["failed", 1, "UnrecoverableError"]);
});

test("a stopped job whose processor throws another error is retried, with the reason that it was stopped for", async () => {
  await using queue = openQueue(redis, "recoverable");
  const { id = "" } = await queue.add("job", { ms: 60_000, control: "TypeError" }, { attempts: 5, backoff: 3_600_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["recoverable"], settings: retried });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGUSR1");
  await worker.until("the end", () => worker.statusUpdate?.failed === 1);
  const job = await queue.getJob(id);
  assert.deepEqual(
    [await job?.getState(), job?.attemptsMade, job?.failedReason],
    ["delayed", 1, "job stopped by SIGUSR1"],
  );
});

test("a job past its time limit is not retried either if its processor throws UnrecoverableError", async () => {
  await using queue = openQueue(redis, "limited");
  const { id = "" } = await queue.add("job", { ms: 60_000, control: "UnrecoverableError" }, { attempts: 5 });
  const settings = { timeLimits: [{ pattern: "limited", softMs: 300, hardMs: undefined }] };
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["limited"], settings });
  await worker.until("the end", () => worker.statusUpdate?.failed === 1);
  assert.deepEqual([await queue.getJobState(id), worker.started.length], ["failed", 1]);
});

test("a stopping worker hands the job back, whatever its processor throws", async () => {
  await using queue = openQueue(redis, "handed-back");
  const { id = "" } = await queue.add("job", { ms: 60_000, control: "UnrecoverableError" });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["handed-back"] });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.equal(await queue.getJobState(id), "waiting");
});

test("a job that returned because its signal was aborted counts as stopped", async () => {
  await using queue = openQueue(redis, "returns");
  const { id = "" } = await queue.add("job", { ms: 60_000, returns: true });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["returns"] });
  await worker.until("a start", () => worker.started.length === 1);
  assert.deepEqual(await answerTo(worker, "returns", id), {
    kind: "jobStopped",
    queue: "returns",
    id,
    byItself: false,
  });
  assert.equal(await queue.getJobState(id), "completed");
});

test("a job whose processor never asked for its signal counts as ended by itself, even while it was being stopped", async () => {
  await using queue = openQueue(redis, "knows-nothing");
  const { id = "" } = await queue.add("job", { ms: 1_000 });
  const settings = { stopTimeoutMs: 20_000 };
  const environment = { WITHOUT_SIGNAL: "1" };
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["knows-nothing"], settings, environment });
  await worker.until("a start", () => worker.started.length === 1);
  assert.deepEqual(await answerTo(worker, "knows-nothing", id), {
    kind: "jobStopped",
    queue: "knows-nothing",
    id,
    byItself: true,
  });
});
