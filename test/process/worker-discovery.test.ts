import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();
beforeEach(async () => await client.flushall());

test("* takes new queues, in alphabetical order, and forgets those that are gone", async () => {
  await using beta = openQueue(redis, "beta");
  await beta.waitUntilReady();
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["*"] });
  await worker.until("beta", () => worker.statusUpdate?.queues.join() === "beta");
  await using alpha = openQueue(redis, "alpha");
  const { id } = await alpha.add("job", {});
  await worker.until("the job of alpha", () => worker.events.includes(`end alpha:${id}`));
  assert.equal(worker.statusUpdate?.queues.join(), "alpha,beta");
  await alpha.obliterate({ force: true });
  await worker.until("alpha gone", () => worker.statusUpdate?.queues.join() === "beta");
});

test("a queue that appears soon after the start is found soon, however long the interval is", async () => {
  const environment = { TEST_INTERVAL: "3600" };
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["*"], environment });
  await worker.untilReady();
  await using fresh = openQueue(redis, "fresh");
  const { id } = await fresh.add("job", {});
  await worker.until("its job", () => worker.events.includes(`end fresh:${id}`));
});

test("a new queue is taken at its first job if the server reports keyspace events, without a search", async (t) => {
  await client.config("SET", "notify-keyspace-events", "Kh");
  // Every search fails.
  await client.acl("SETUSER", "blind", "on", ">secret", "~*", "&*", "+@all", "-scan");
  t.after(async () => {
    await client.config("SET", "notify-keyspace-events", "");
    await client.acl("DELUSER", "blind");
  });
  const redisUrl = redis.url.replace("redis://", "redis://blind:secret@");
  const settings = { queueEvents: "keyspace" } as const;
  await using worker = await startWorker({ redisUrl, queues: ["*", "!other"], settings });
  await worker.untilReady();
  await eventually(10_000, "a subscription", async () => Number(await client.pubsub("NUMPAT")) === 1);
  await using other = openQueue(redis, "other");
  await other.add("job", {});
  await using fresh = openQueue(redis, "fresh");
  const { id } = await fresh.add("job", {});
  await worker.until("its job", () => worker.events.includes(`end fresh:${id}`));
  assert.deepEqual(worker.statusUpdate?.queues, ["fresh"]);
});

test("a negated queue is never taken, and a named queue keeps its place in the list", async () => {
  const names = ["audit", "mail-bulk", "mail-fast", "zip"];
  for (const name of names) {
    await using queue = openQueue(redis, name);
    await queue.add("job", {});
  }
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["zip", "*", "!mail-bulk"] });
  await worker.until("three jobs", () => worker.statusUpdate?.finished === 3);
  assert.deepEqual(worker.statusUpdate?.queues, ["zip", "audit", "mail-fast"]);
  await using bulk = openQueue(redis, "mail-bulk");
  assert.equal(await bulk.getWaitingCount(), 1);
});

test("a queue that a glob finds and no processor handles is skipped with one warning", async () => {
  await using other = openQueue(redis, "other");
  await using mail = openQueue(redis, "mail-fast");
  await other.add("job", {});
  await mail.add("job", {});
  await using worker = await startWorker({
    redisUrl: redis.url,
    queues: ["*"],
    environment: { ONLY_MAIL: "1", WORKLOAD: "*" },
  });
  await worker.until("the job of mail-fast", () => worker.statusUpdate?.finished === 1);
  assert.deepEqual(worker.statusUpdate?.queues, ["mail-fast"]);
  assert.equal(await other.getWaitingCount(), 1);
  const refusals = worker.lines.filter((line) => line.includes("ignored queue: it has no processor"));
  assert.equal(refusals.length, 1);
  assert.match(refusals[0] ?? "", /"queue":"other"/);
});
