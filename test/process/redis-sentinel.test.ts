import assert from "node:assert/strict";
import { test } from "node:test";
import { Redis } from "ioredis";
import { eventually } from "../support/deadline.ts";
import { forAllTests } from "../support/for-all-tests.ts";
import { masterName, TestSentinels } from "../support/redis-sentinel.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

const waitMs = 30_000;
const sentinels = await forAllTests(TestSentinels.start());

test("a worker goes on with the new master when the old one dies during a job, and no job is lost or runs twice", async () => {
  await using queue = openQueue(sentinels.client, "failover");
  const running = await queue.add("job", { ms: 500, deaf: true });
  await using worker = await startWorker({ redisUrl: sentinels.url, queues: ["other", "failover"] });
  await worker.until("a start", () => worker.started.length === 1);
  await queue.addBulk(Array.from({ length: 10 }, () => ({ name: "job", data: {} })));
  await sentinels.client.wait(1, 30_000);
  const master = await sentinels.master();
  await master.kill();
  await worker.until("the news", () => worker.statusUpdate?.connected === false);
  await worker.until("all jobs, by the new master", () => worker.statusUpdate?.finished === 11, waitMs);
  assert.equal(await queue.getCompletedCount(), 11);
  assert.equal((await queue.getJob(running.id ?? ""))?.attemptsStarted, 1);
  assert.notEqual(await sentinels.master(), master);
  await worker.untilReady();
  await queue.add("job", {});
  await worker.until("one more", () => worker.statusUpdate?.finished === 12, waitMs);
  const told = worker.lines.filter((line) => /could not reach Redis|reached Redis again/.test(line));
  assert.ok(told.length <= 4, told.join("\n"));
  assert.match(told[0] ?? "", new RegExp(`"address":"${masterName} of sentinels 127\\.0\\.0\\.1:\\d+,`));
  for (const secret of [
    TestSentinels.password,
    TestSentinels.sentinelPassword,
    encodeURIComponent(TestSentinels.password),
  ])
    assert.ok(!worker.lines.some((line) => line.includes(secret)));
  await master.start();
});

test("no process writes to the old master that continues as a replica after an operator's failover", async () => {
  await using queue = openQueue(sentinels.client, "asked");
  await using worker = await startWorker({ redisUrl: sentinels.url, queues: ["asked"] });
  await worker.untilReady();
  const former = await sentinels.master();
  await eventually(3 * failoverMs, "another master", async () => {
    await eventually(waitMs, "a failover that the sentinels agree to", () => orderFailover(sentinels));
    const isOver = async () => (await sentinels.master()) !== former;
    return await eventually(failoverMs, "another master", isOver).catch(() => false);
  });
  await queue.addBulk(Array.from({ length: 20 }, () => ({ name: "job", data: { ms: 5 } })));
  await worker.until("all jobs", () => worker.statusUpdate?.finished === 20, waitMs);
  assert.equal(await queue.getCompletedCount(), 20);
});

/** On a busy machine, the sentinels abort a failover that takes longer than they are configured for (5 s). */
const failoverMs = 20_000;

async function orderFailover({ sentinels: [sentinel] }: TestSentinels): Promise<boolean> {
  const client = new Redis({ port: sentinel?.port ?? 0, password: TestSentinels.sentinelPassword });
  try {
    return (await client.call("SENTINEL", "failover", masterName).catch(() => undefined)) === "OK";
  } finally {
    client.disconnect();
  }
}
