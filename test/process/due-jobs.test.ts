import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { QueueKeys, Worker } from "bullmq";
import { Redis } from "ioredis";
import { DueJobs } from "../../src/bull/keys/due-jobs.ts";
import type { QueueKeys as Keys } from "../../src/bull/library/key-layout.ts";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import { DueJobWatch } from "../../src/keeper/due-job-watch.ts";
import type { DueJobsMessage } from "../../src/protocol/due-jobs.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import { eventually } from "../support/deadline.ts";
import { startKeeper } from "../support/keeper.ts";
import { startRedis } from "../support/redis.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 30_000;
const { redis, client } = await useRedis();
const keys = new QueueKeys("bull").getKeys("jobs") as unknown as Keys;

test("a job is due if BullMQ would give it to a worker now: none of a queue that is paused, rate-limited or at its concurrency", async () => {
  await using queue = openQueue(redis, "jobs");
  const worker = new Worker("jobs", null, { connection: { port: redis.port } });
  const counter = new DueJobs(client);
  const due = async () => (await counter.count(new Map([["jobs", keys]]), () => true))[0] ?? assert.fail("no answer");
  const dueJobs = async () => (await due()).jobs;
  try {
    assert.deepEqual(await due(), {
      queue: "jobs",
      jobs: 0,
      nextDueAt: undefined,
      events: keys.events,
      lastEvent: "$",
    });
    for (const jobId of ["one", "two"]) await queue.add("job", {}, { jobId });
    await queue.add("job", {}, { priority: 3 });
    assert.equal(await dueJobs(), 3);
    const { lastEvent } = await due();
    assert.equal(lastEvent, (await client.xrevrange(keys.events, "+", "-", "COUNT", 1))[0]?.[0]);
    await queue.pause();
    assert.equal(await dueJobs(), 0, "paused");
    await queue.resume();
    const delayed = await queue.add("job", {}, { delay: 600_000 });
    assert.equal((await due()).nextDueAt, delayed.timestamp + 600_000);
    assert.equal(await dueJobs(), 3);
    const early = await queue.add("job", {}, { delay: 1 });
    await eventually(waitMs, "a delayed job that nobody has moved", async () => (await dueJobs()) === 4);
    await early.remove();
    await queue.setGlobalConcurrency(2);
    assert.equal(await dueJobs(), 2, "two may run");
    await worker.getNextJob("token", { block: false });
    assert.equal(await dueJobs(), 1, "one more may run");
    await queue.removeGlobalConcurrency();
    await queue.setGlobalRateLimit(1, 600_000);
    await worker.getNextJob("token", { block: false });
    const limited = await due();
    assert.equal(limited.jobs, 0, "limited");
    assert.ok((limited.nextDueAt ?? 0) > Date.now() + 500_000);
  } finally {
    await worker.close();
  }
});

test("an active job that nobody holds is due, because only a worker's stalled check finds it", async () => {
  const name = "left";
  const leftKeys = new QueueKeys("bull").getKeys(name) as unknown as Keys;
  await using queue = openQueue(redis, name);
  const worker = new Worker(name, null, { connection: { port: redis.port } });
  const dueJobs = async (checksStalled: boolean, looks = 2) => {
    let nowMs = 0;
    const counter = new DueJobs(client, { now: () => nowMs });
    let due: number | undefined;
    for (let look = 0; look < looks; look++, nowMs += 5_000)
      due = (await counter.count(new Map([[name, leftKeys]]), () => checksStalled))[0]?.jobs;
    return due;
  };
  try {
    for (const jobId of ["held", "left"]) await queue.add("job", {}, { jobId });
    for (const token of ["one", "two"]) await worker.getNextJob(token, { block: false });
    assert.equal(await dueJobs(true), 0, "both are held");
    await client.del(`bull:${name}:left:lock`);
    assert.equal(await dueJobs(true), 1);
    assert.equal(await dueJobs(true, 1), 0, "its worker may take the lock again after an outage");
    assert.equal(await dueJobs(false), 0, "no worker looks for stalled jobs");
    await queue.setGlobalConcurrency(1);
    assert.equal(await dueJobs(true), 1, "it uses up the global concurrency until a worker finds it");
    await queue.pause();
    assert.equal(await dueJobs(true), 0, "paused");
  } finally {
    await worker.close();
  }
});

test("due jobs are counted as soon as Redis is there, and not at the next attempt", async (context) => {
  // No pause ends by itself.
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let isConnected = false;
  const sent: DueJobsMessage[] = [];
  const watch = new DueJobWatch({
    client,
    warnings: { warn: () => true },
    isConnected: () => isConnected,
    keysOf: () => keys,
    checksStalled: () => true,
    openWait: undefined,
    send: (message) => sent.push(message),
  });
  watch.watch(["jobs"]);
  await setImmediate();
  isConnected = true;
  watch.connected();
  for (let turn = 0; turn < 10_000 && sent.length === 0; turn++) await setImmediate();
  watch.close();
  assert.equal(sent.length, 1);
});

describe("the keeper watches the due jobs of the queues that init names", () => {
  const watching = async (url: string) => {
    const messages: KeeperMessage[] = [];
    const keeper = startKeeper(await bundledBull(), url, (message) => messages.push(message));
    const counts = () => messages.flatMap((message) => (message.kind === "dueJobs" ? [message.queues] : []));
    return { keeper, counts, latest: () => counts().at(-1)?.[0]?.jobs };
  };

  test("and reports each change at once, but asks little while there is none", async () => {
    await using own = await startRedis();
    await using queue = openQueue(own, "jobs");
    const admin = new Redis(own.url);
    const waits = async () => String(await admin.client("LIST")).includes("cmd=xread");
    const { keeper, counts, latest } = await watching(own.url);
    try {
      keeper.receive({ kind: "watchDueJobs", queues: ["jobs"] });
      await eventually(waitMs, "the first count", () => latest() === 0);
      await eventually(waitMs, "a wait for events", waits);
      const before = counts().length;
      await queue.add("job", {});
      await eventually(waitMs, "a job", () => latest() === 1);
      // It counts every second in any case; the event comes first, unless the test was slow.
      assert.ok(counts().length <= before + 2, `${counts().length - before} counts`);
      await queue.drain();
      await eventually(waitMs, "none", () => latest() === 0);
      keeper.receive({ kind: "watchDueJobs", queues: [] });
      await eventually(waitMs, "no connection that waits", async () => !(await waits()));
    } finally {
      keeper.close();
      admin.disconnect();
    }
  });

  test("and reports a delayed job when it is due, which no event says", async () => {
    await using own = await startRedis();
    await using queue = openQueue(own, "jobs");
    const { keeper, latest } = await watching(own.url);
    try {
      await queue.add("job", {}, { delay: 300 });
      keeper.receive({ kind: "watchDueJobs", queues: ["jobs"] });
      await eventually(waitMs, "the job", () => latest() === 1);
    } finally {
      keeper.close();
    }
  });
});
