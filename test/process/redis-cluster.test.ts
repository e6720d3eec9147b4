import assert from "node:assert/strict";
import { test } from "node:test";
import hashSlotOfKey from "cluster-key-slot";
import { eventually } from "../support/deadline.ts";
import { forAllTests } from "../support/for-all-tests.ts";
import { TestCluster } from "../support/redis-cluster.ts";
import { openQueue, startWorker, type WorkerOptions, withoutMaintenance } from "../support/worker-harness.ts";

const cluster = await forAllTests(TestCluster.start());

async function workerOn(queues: readonly string[], options: Partial<WorkerOptions> = {}) {
  return await startWorker({ redisUrl: cluster.url, queues, ...options });
}

test("plain, delayed and prioritized jobs run in strict order with a hash tag in the prefix", async () => {
  const prefix = "{tagged}";
  await using high = openQueue(cluster.client, "high", { prefix });
  await using low = openQueue(cluster.client, "low", { prefix });
  for (let number = 0; number < 5; number++) await low.add("job", {});
  await low.add("job", {}, { jobId: "due", delay: 50 });
  await low.add("job", {}, { jobId: "first", priority: 1 });
  for (let number = 0; number < 5; number++) await high.add("job", {});
  await using worker = await workerOn(["high", "low"], { settings: { prefix }, environment: withoutMaintenance });
  await worker.until("all jobs", () => worker.statusUpdate?.finished === 12);
  assert.deepEqual(
    worker.started.slice(0, 5).map((job) => job.split(":")[0]),
    Array(5).fill("high"),
  );
  await high.add("job", {});
  await worker.until("a job for an idle worker", () => worker.statusUpdate?.finished === 13);
});

test("queues in different hash slots are served in strict order, and each wakes an idle worker", async () => {
  const names = ["{one}", "{two}", "{three}", "{four}"];
  assert.equal(new Set(names.map(hashSlotOfKey)).size, 4);
  const queues = names.map((name) => openQueue(cluster.client, name));
  try {
    for (const queue of queues.toReversed()) for (let number = 0; number < 3; number++) await queue.add("job", {});
    await using worker = await workerOn(names, { environment: withoutMaintenance });
    await worker.until("all jobs", () => worker.statusUpdate?.finished === 12);
    assert.deepEqual(
      worker.started.map((job) => job.split(":")[0]),
      names.flatMap((name) => Array(3).fill(name) as string[]),
    );
    for (const [index, queue] of queues.entries()) {
      await queue.add("job", {});
      await worker.until(`a job of ${queue.name}`, () => worker.statusUpdate?.finished === 13 + index);
    }
    // A higher lane gets its turn between two jobs of a lower one in another hash slot.
    for (let number = 0; number < 20; number++) await queues[3]?.add("job", { ms: 50 });
    await worker.until("some", () => (worker.statusUpdate?.finished ?? 0) >= 18);
    const soFar = worker.started.length;
    await queues[0]?.add("job", {});
    await worker.until("the high one", () => worker.started.slice(soFar).some((job) => job.startsWith("{one}")));
    assert.ok(worker.started.slice(soFar).findIndex((job) => job.startsWith("{one}")) <= 2);
  } finally {
    for (const queue of queues) await queue.close();
  }
});

test("several workers on many hash slots overlook no job and run none twice", async () => {
  const names = Array.from({ length: 6 }, (_, index) => `{q${index}}`);
  const queues = names.map((name) => openQueue(cluster.client, name));
  const workers = await Promise.all([0, 1, 2].map((slot) => workerOn(names, { slot, settings: { logLevel: "info" } })));
  try {
    for (let number = 0; number < 40; number++) {
      await Promise.all(
        queues.map((queue, index) => {
          const kind = (number + index) % 3;
          const options =
            kind === 0 ? {} : kind === 1 ? { delay: 20 + (number % 7) * 10 } : { priority: 1 + (number % 3) };
          return queue.add("job", { quiet: true, ms: number % 5 }, options);
        }),
      );
    }
    const finished = () => workers.reduce((sum, worker) => sum + (worker.statusUpdate?.finished ?? 0), 0) === 240;
    await workers[0]?.until("240 jobs", finished, 30_000);
    for (const queue of queues) {
      for (const job of await queue.getCompleted()) assert.equal(job.attemptsStarted, 1);
    }
  } finally {
    for (const worker of workers) await worker[Symbol.asyncDispose]();
    for (const queue of queues) await queue.close();
  }
});

test("a worker finds new queues on every node", async () => {
  await using worker = await workerOn(["{late-*}"]);
  await worker.untilReady();
  const names = ["{late-1}", "{late-2}", "{late-3}", "{late-4}"];
  const owners = new Set(names.map((name) => cluster.masterOf(`bull:${name}:meta`).port));
  assert.equal(owners.size > 1, true);
  for (const name of names) {
    await using queue = openQueue(cluster.client, name);
    await queue.add("job", {});
  }
  await worker.until("all of them", () => worker.statusUpdate?.finished === names.length);
});

test("SIGTERM hands the job back to the front of its queue, and nothing is lost", async () => {
  await using queue = openQueue(cluster.client, "{term}");
  const { id = "" } = await queue.add("job", { ms: 60_000 });
  await using worker = await workerOn(["{other}", "{term}"]);
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual(worker.exitReport?.handedBack, [{ queue: "{term}", id }]);
  assert.equal(await queue.getJobState(id), "waiting");
});

test("a running job completes when the whole Cluster goes and comes back, and new jobs are taken", async () => {
  await using queue = openQueue(cluster.client, "{outage}");
  const { id = "" } = await queue.add("job", { ms: 500, deaf: true });
  await using worker = await workerOn(["{elsewhere}", "{outage}"]);
  await worker.until("a start", () => worker.started.length === 1);
  await Promise.all(cluster.masters.map((master) => master.kill()));
  await worker.until("the news", () => worker.statusUpdate?.connected === false);
  await worker.until("the processor's end", () => worker.events.includes(`end {outage}:${id}`));
  await Promise.all(cluster.masters.map((master) => master.start()));
  await worker.until("the job completed", () => worker.statusUpdate?.finished === 1, 30_000);
  assert.equal((await queue.getJob(id))?.attemptsStarted, 1);
  await queue.add("job", {});
  await worker.until("the next job", () => worker.statusUpdate?.finished === 2, 30_000);
  await worker.until("connected", () => worker.statusUpdate?.connected === true, 30_000);
  assert.equal(worker.lines.filter((line) => line.includes("reached Redis again")).length, 1);
});

/** Connections to any node, other than the test's and those between nodes. */
async function clientsNow(): Promise<number> {
  const lists = await Promise.all(cluster.masters.map(({ client }) => client.client("LIST")));
  return lists.flatMap((list) => String(list).trim().split("\n")).length;
}

test("a worker has one connection to wait with for each hash slot, and at most one more to each master", async () => {
  const soFar = await clientsNow();
  for (const [queues, prefix, waiting] of [
    [["one", "two", "three"], "{tagged}", 1],
    [["{one}", "{two}", "{three}"], "bull", 3],
  ] as const) {
    await using worker = await workerOn(queues, { settings: { prefix } });
    await worker.untilReady();
    // It is ready before it has sent its first command.
    await eventually(10_000, "its connections", async () => (await clientsNow()) - soFar > waiting);
    const opened = (await clientsNow()) - soFar;
    assert.ok(opened <= waiting + cluster.masters.length + 1, `${opened} connections`);
    worker.kill("SIGTERM");
    await worker.exitCode();
    await eventually(10_000, "all closed", async () => (await clientsNow()) <= soFar);
  }
});
