import assert from "node:assert/strict";
import { test } from "node:test";
import { Redis } from "ioredis";
import { freePort } from "../support/redis.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, withoutMaintenance } from "../support/worker-harness.ts";

const { redis } = await useRedis();

/** Crashes and keeps its data on disk, like a server with persistence. */
async function saveAndKill(): Promise<void> {
  const client = new Redis(redis.port);
  await client.save();
  client.disconnect();
  await redis.kill();
}

test("running jobs complete when Redis goes and comes back, and new ones are taken", async () => {
  await using queue = openQueue(redis, "restart");
  const running = await queue.add("job", { ms: 400, deaf: true });
  await using worker = await startWorker({
    redisUrl: redis.url,
    queues: ["restart"],
    concurrency: 2,
    environment: withoutMaintenance,
  });
  await worker.until("a start", () => worker.started.length === 1);
  await saveAndKill();
  await worker.until(
    "the news",
    () => worker.statusUpdate?.connected === false && worker.statusUpdate.connectionError !== undefined,
  );
  await worker.until("the processor's end", () => worker.events.includes(`end restart:${running.id}`));
  await redis.start();
  await worker.until("the job completed", () => worker.statusUpdate?.finished === 1);
  assert.equal(await queue.getJobState(running.id ?? ""), "completed");
  await queue.add("job", {});
  await worker.until("the next job", () => worker.statusUpdate?.finished === 2);
  await worker.untilReady();
  assert.equal(worker.lines.filter((line) => line.includes("could not reach Redis")).length, 1);
  const back = worker.lines.filter((line) => line.includes("reached Redis again"));
  assert.equal(back.length, 1);
  assert.match(back[0] ?? "", /"awayMs":\d+,"attempts":\d+/);
});

test("an idle worker takes jobs again after a restart of Redis", async () => {
  await using queue = openQueue(redis, "idle");
  const environment = withoutMaintenance;
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["other", "idle"], environment });
  await worker.untilReady();
  await saveAndKill();
  await worker.until("the news", () => worker.statusUpdate?.connected === false);
  await redis.start();
  await queue.add("job", {});
  await worker.until("the job", () => worker.statusUpdate?.finished === 1);
});

test("a worker that finds no Redis still starts, logs one line, and exits when init orders it to", async () => {
  const port = await freePort();
  await using worker = await startWorker({ redisUrl: `redis://127.0.0.1:${port}`, queues: ["queue"] });
  await worker.until("the reason", () => worker.statusUpdate?.connectionError !== undefined);
  assert.equal(worker.statusUpdate?.connected, false);
  assert.equal(worker.statusUpdate?.mode, "taking");
  const gone = worker.lines.filter((line) => line.includes("could not reach Redis"));
  assert.equal(gone.length, 1);
  const address = `127.0.0.1:${port}`;
  assert.partialDeepStrictEqual(JSON.parse(gone[0] ?? ""), { address, reason: `connect ECONNREFUSED ${address}` });
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
});

test("a job that can be neither finished nor handed back is reported as lost", async () => {
  await using queue = openQueue(redis, "lost");
  const { id = "" } = await queue.add("job", { ms: 60_000 });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["lost"] });
  await worker.until("a start", () => worker.started.length === 1);
  await saveAndKill();
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 74);
  assert.deepEqual(worker.exitReport?.lost, [{ queue: "lost", id, starts: 1 }]);
  await redis.start();
});
