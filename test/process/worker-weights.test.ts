import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();
beforeEach(async () => await client.flushall());

const jobs = (count: number, data: object = { quiet: true }) =>
  Array.from({ length: count }, () => ({ name: "job", data }));

/** The queues of the jobs, in the order in which they started. */
async function startsOf(
  queues: readonly { getCompleted(start: number, end: number): Promise<{ processedOn?: number }[]>; name: string }[],
) {
  const all = await Promise.all(
    queues.map(async (queue) =>
      (await queue.getCompleted(0, -1)).map(({ processedOn = 0 }) => ({ processedOn, queue: queue.name })),
    ),
  );
  return all
    .flat()
    .toSorted((one, other) => one.processedOn - other.processedOn)
    .map(({ queue }) => queue);
}

for (const concurrency of [undefined, 4])
  test(`queues share a worker by weight while both have jobs, ${concurrency ?? 1} at a time`, async () => {
    await using first = openQueue(redis, "first");
    await using second = openQueue(redis, "second");
    await first.addBulk(jobs(400, { ms: 1 }));
    await second.addBulk(jobs(400, { ms: 1 }));
    const own = concurrency === undefined ? {} : { concurrency };
    await using worker = await startWorker({
      redisUrl: redis.url,
      queues: ["first", "second"],
      weights: [3, 1],
      ...own,
    });
    await worker.until("800 jobs", () => worker.statusUpdate?.finished === 800);
    const early = (await startsOf([first, second])).slice(0, 400).filter((queue) => queue === "first").length;
    assert.ok(Math.abs(early - 300) <= 20, `${early} of the first 400`);
  });

test("the only queue that has jobs gets the whole worker, and one that gets its first job is next", async () => {
  await using first = openQueue(redis, "first");
  await using second = openQueue(redis, "second");
  await second.addBulk(jobs(6, { ms: 200 }));
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["first", "second"], weights: [1, 3] });
  await worker.until("two jobs of second", () => worker.started.length === 2);
  await first.addBulk(jobs(1, { ms: 20 }));
  await worker.until("7 jobs", () => worker.statusUpdate?.finished === 7);
  const at = worker.started.findIndex((name) => name.startsWith("first"));
  assert.ok(at >= 2 && at <= 5, `${at}: ${worker.started.join()}`);
});

test("a job of the lowest weight wakes an idle worker, which waits for all queues at once", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `queue-${index}`);
  await using worker = await startWorker({
    redisUrl: redis.url,
    queues: names,
    weights: names.map((_, index) => 1 + index),
  });
  await worker.untilReady();
  await client.config("RESETSTAT");
  await using queue = openQueue(redis, "queue-0");
  const { id } = await queue.add("job", {});
  await worker.until("the job of the lowest weight", () => worker.events.includes(`end queue-0:${id}`));
  const stats = await client.info("commandstats");
  const waits = Number(/cmdstat_bzpopmin:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  assert.ok(waits <= 3, `${waits} waits for one job`);
});
