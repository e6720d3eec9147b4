import assert from "node:assert/strict";
import { test } from "node:test";
import hashSlotOfKey from "cluster-key-slot";
import { eventually } from "../support/deadline.ts";
import { forAllTests } from "../support/for-all-tests.ts";
import { TestCluster } from "../support/redis-cluster.ts";
import { openQueue, startWorker, type TestWorker } from "../support/worker-harness.ts";

const waitMs = 30_000;
const cluster = await forAllTests(TestCluster.start({ replicas: true }));

const finishedBy = (workers: readonly TestWorker[]) =>
  workers.reduce((sum, worker) => sum + (worker.statusUpdate?.finished ?? 0), 0);

/** Every job ended once, and none is left in any list. */
async function assertAllDone(queue: ReturnType<typeof openQueue>, jobs: number): Promise<void> {
  await eventually(waitMs, `${jobs} jobs completed`, async () => (await queue.getCompletedCount()) === jobs);
  const counts = await queue.getJobCounts("active", "waiting", "delayed", "failed", "prioritized");
  assert.deepEqual(Object.values(counts), [0, 0, 0, 0, 0]);
}

test("every job runs once while a hash slot moves to another master, job after job", async () => {
  const name = "{moving}";
  await using queue = openQueue(cluster.client, name);
  await using one = await startWorker({ redisUrl: cluster.url, queues: ["{still}", name], concurrency: 4 });
  await using two = await startWorker({ redisUrl: cluster.url, queues: [name], slot: 1 });
  const jobs = 500;
  await queue.addBulk(Array.from({ length: jobs }, () => ({ name: "job", data: { ms: 20, quiet: true } })));
  await one.until("some", () => finishedBy([one, two]) >= 10);
  const from = cluster.masterOf(`bull:${name}:wait`);
  const to = cluster.masters.find((master) => master !== from);
  assert.ok(to !== undefined);
  await cluster.moveHashSlot(hashSlotOfKey(name), from, to);
  assert.ok(finishedBy([one, two]) < jobs, "the hash slot moved too late");
  await assertAllDone(queue, jobs);
  for (const job of await queue.getCompleted()) assert.equal(job.attemptsStarted, 1);
  await queue.add("job", {});
  await one.until("a job for the worker that waits elsewhere now", () => finishedBy([one, two]) === jobs + 1, waitMs);
  await cluster.moveHashSlot(hashSlotOfKey(name), to, from);
});

test("nothing is lost when a master dies while jobs run, and its replica takes over", async () => {
  const name = "{failover}";
  await using queue = openQueue(cluster.client, name);
  const master = cluster.masterOf(`bull:${name}:wait`);
  const running = await queue.add("job", { ms: 500, deaf: true });
  await using worker = await startWorker({ redisUrl: cluster.url, queues: [name, "{another}"] });
  await worker.until("a start", () => worker.started.length === 1);
  await queue.addBulk(Array.from({ length: 10 }, () => ({ name: "job", data: {} })));
  await master.client.wait(1, 30_000);
  await master.kill();
  await worker.until("the news", () => worker.statusUpdate?.connected === false);
  await worker.until("all jobs", () => worker.statusUpdate?.finished === 11, waitMs);
  await assertAllDone(queue, 11);
  assert.equal((await queue.getJob(running.id ?? ""))?.attemptsStarted, 1);
  await worker.until("connected to the new master", () => worker.statusUpdate?.connected === true, waitMs);
  await queue.add("job", {});
  await worker.until("a job by the new master", () => worker.statusUpdate?.finished === 12, waitMs);
  const told = worker.lines.filter((line) => /could not reach Redis|reached Redis again/.test(line));
  assert.ok(told.length <= 4, told.join("\n"));
  await master.start();
});

test("nothing is lost in an operator's failover that happens while jobs are taken", async () => {
  const name = "{asked}";
  await using queue = openQueue(cluster.client, name);
  await using worker = await startWorker({ redisUrl: cluster.url, queues: [name] });
  const owner = cluster.masterOf(`bull:${name}:wait`);
  const replica = cluster.replicas[cluster.masters.indexOf(owner)];
  const isReplica = async () => (await replica?.client.info("replication"))?.includes("role:slave");
  const next = (await isReplica()) ? replica : owner;
  await queue.addBulk(Array.from({ length: 60 }, () => ({ name: "job", data: { ms: 20, quiet: true } })));
  await worker.until("some", () => (worker.statusUpdate?.finished ?? 0) >= 5);
  await next?.client.cluster("FAILOVER");
  await worker.until("all jobs", () => worker.statusUpdate?.finished === 60, waitMs);
  await assertAllDone(queue, 60);
  await queue.add("job", {});
  await worker.until("one more", () => worker.statusUpdate?.finished === 61, waitMs);
});
