import assert from "node:assert/strict";
import { test } from "node:test";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, type TestWorker } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();

const saysLost = (worker: TestWorker) => worker.lines.some((line) => line.includes("lost with a connection"));

/** Creates a scheduler whose first iteration waits. */
async function schedule(queue: ReturnType<typeof openQueue>, scheduler: string) {
  const job = await queue.upsertJobScheduler(scheduler, { every: 3_600_000 }, { name: "tick" });
  const [first = job] = await queue.getJobs(["waiting", "delayed"]);
  if (await first?.isDelayed()) await first?.promote();
  return first?.id ?? "";
}

test("a scheduled job whose next iteration cannot be created fails with that reason, and is not handed back", async () => {
  await using queue = openQueue(redis, "broken");
  const id = await schedule(queue, "tick");
  const opts = JSON.parse((await client.hget(`bull:broken:${id}`, "opts")) ?? "") as { repeat: object };
  const repeat = { ...opts.repeat, every: undefined, pattern: "no pattern at all" };
  await client.hset(`bull:broken:${id}`, "opts", JSON.stringify({ ...opts, repeat }));
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["broken"] });
  await worker.until("the end", () => worker.statusUpdate?.failed === 1);
  const job = await queue.getJob(id);
  assert.equal(await job?.getState(), "failed");
  assert.match(job?.failedReason ?? "", /^the next iteration could not be created: Invalid characters/);
  assert.deepEqual([worker.started, saysLost(worker)], [[], false]);
});

test("a scheduled job runs once Redis no longer refuses to create its next iteration", async () => {
  await using queue = openQueue(redis, "refused");
  const id = await schedule(queue, "tick");
  const all = ["~bull:refused:", "~bull:refused:[^r]*", "~bull:refused:repeat:*", "~bull:forker:*"];
  await client.acl("SETUSER", "scheduler", "on", ">password", ...all, "&*", "+@all");
  const redisUrl = redis.url.replace("redis://", "redis://scheduler:password@");
  await using worker = await startWorker({ redisUrl, queues: ["refused"] });
  const line = "could not create the next iteration of a job: Redis refused it; trying again";
  await worker.until("the refusal", () => worker.lines.some((one) => one.includes(line)));
  assert.deepEqual(worker.started, []);
  await client.acl("SETUSER", "scheduler", "allkeys");
  await worker.until("the end", () => worker.statusUpdate?.finished === 1);
  assert.equal((await queue.getJob(id))?.attemptsStarted, 1);
  assert.equal(await queue.getDelayedCount(), 1);
  assert.equal(saysLost(worker), false);
});

test("a scheduled job that waits for Redis to create its next iteration can be stopped", async () => {
  await using queue = openQueue(redis, "stopped");
  const id = await schedule(queue, "tick");
  const all = ["~bull:stopped:", "~bull:stopped:[^r]*", "~bull:stopped:repeat:*", "~bull:forker:*"];
  await client.acl("SETUSER", "stopped", "on", ">password", ...all, "&*", "+@all");
  const redisUrl = redis.url.replace("redis://", "redis://stopped:password@");
  await using worker = await startWorker({ redisUrl, queues: ["stopped"], settings: { stopTimeoutMs: 20_000 } });
  const line = "could not create the next iteration of a job: Redis refused it; trying again";
  await worker.until("the refusal", () => worker.lines.some((one) => one.includes(line)));
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual(worker.exitReport?.handedBack, [{ queue: "stopped", id }]);
});
