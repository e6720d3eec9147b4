import assert from "node:assert/strict";
import { test } from "node:test";
import { Redis } from "ioredis";
import { eventually } from "../support/deadline.ts";
import { forAllTests } from "../support/for-all-tests.ts";
import { Forker } from "../support/forker.ts";
import { startRedis } from "../support/redis.ts";
import { TestCluster } from "../support/redis-cluster.ts";
import { TestSentinels } from "../support/redis-sentinel.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 60_000;

const cluster = await forAllTests(TestCluster.start());

test("on a Cluster with queues in two hash slots, a SIGKILLed worker's job is handed back at once", async () => {
  await using forker = await Forker.start({ workload: "{one},{two} x2", env: { REDIS_URL: cluster.url } });
  await forker.ready();
  await using queue = openQueue(cluster.client, "{two}");
  assert.notEqual(cluster.masterOf("bull:{one}:wait"), cluster.masterOf("bull:{two}:wait"));
  await queue.add("held", {}, { jobId: "killed", priority: 3 });
  const { pid } = await forker.began("killed");
  const killedAt = performance.now();
  forker.pid1.signalInner(pid, "SIGKILL");
  await forker.began("killed", 2);
  // Of the lock's duration, which the stalled check would wait for.
  assert.ok(performance.now() - killedAt < 25_000);
  await forker.release("killed");
  await forker.finished("killed");
  await eventually(waitMs, "the job completed", async () => (await queue.getJobState("killed")) === "completed");
  const job = await queue.getJob("killed");
  assert.equal(job?.stalledCounter, 0);
  assert.equal(job?.attemptsMade, 1);
  assert.equal(await forker.drained(), 0);
});

test("on a Cluster, the keeper renews the lock of a worker whose event loop is blocked", async () => {
  await using forker = await Forker.start({
    workload: "{one},{two}",
    env: { REDIS_URL: cluster.url, FORKER_LOCK_DURATION: "2" },
  });
  await forker.ready();
  await forker.logged("connected to Redis");
  await using queue = openQueue(cluster.client, "{two}");
  await queue.add("blocks", {}, { jobId: "blocked" });
  const renewed = await forker.logged("renewed the lock of a busy worker");
  assert.partialDeepStrictEqual(renewed, { queue: "{two}", job: "blocked" });
  await forker.finished("blocked");
  await eventually(waitMs, "it completed", async () => (await queue.getJobState("blocked")) === "completed");
  assert.equal((await queue.getJob("blocked"))?.attemptsStarted, 1);
  assert.equal(await forker.drained(), 0);
});

test("with sentinels, the job of a worker that is killed after the master died is handed back through the new master", async () => {
  await using sentinels = await TestSentinels.start();
  await using forker = await Forker.start({ env: { REDIS_URL: sentinels.url } });
  await forker.ready();
  await using queue = openQueue(sentinels.client, "jobs");
  await queue.add("held", {}, { jobId: "held" });
  const { pid } = await forker.began("held");
  await sentinels.client.wait(1, 30_000);
  const master = await sentinels.master();
  await master.kill();
  await eventually(waitMs, "another master", async () => (await sentinels.master()) !== master);
  forker.pid1.signalInner(pid, "SIGKILL");
  await forker.began("held", 2);
  await forker.release("held");
  await forker.finished("held");
  await forker.until("connected workers", ({ slots }) =>
    slots.every(({ workers }) => workers.every((worker) => worker.connected)),
  );
  assert.ok(!forker.pid1.transcript.includes(encodeURIComponent(TestSentinels.password)));
  assert.equal(await forker.drained(), 0);
});

test("an eviction policy is reported once per boot, however many workers and reloads there are", async () => {
  await using redis = await startRedis();
  const admin = new Redis(redis.port);
  await admin.config("SET", "maxmemory-policy", "volatile-lru");
  admin.disconnect();
  await using forker = await Forker.start({ env: { REDIS_URL: redis.url } });
  await forker.logged(/by its policy volatile-lru: set maxmemory-policy noeviction there/);
  await forker.ready();
  forker.pid1.signal("SIGHUP");
  await forker.reloaded(2);
  await using queue = openQueue(redis, "jobs", { skipVersionCheck: true });
  await queue.add("quick", {}, { jobId: "quick" });
  await forker.finished("quick");
  assert.equal(await forker.drained(), 0);
  assert.equal(forker.pid1.transcript.split("volatile-lru").length - 1, 1);
});
