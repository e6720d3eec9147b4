import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker } from "../support/worker-harness.ts";

const { redis, client } = await useRedis();
beforeEach(async () => await client.flushall());

async function commandCalls(): Promise<Map<string, number>> {
  const stats = (await client.info("commandstats")).matchAll(/cmdstat_(\S+):calls=(\d+)/g);
  return new Map([...stats].map(([, name = "", count]) => [name, Number(count)]));
}

const metaReads = async () => (await commandCalls()).get("hmget") ?? 0;

test("a worker looks at its queue list from the start after every job", async () => {
  await using first = openQueue(redis, "first");
  await using second = openQueue(redis, "second");
  await second.addBulk(Array.from({ length: 6 }, () => ({ name: "job", data: { ms: 200 } })));
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["first", "second"] });
  await worker.until("two jobs of second", () => worker.started.length === 2);
  await first.addBulk(Array.from({ length: 3 }, () => ({ name: "job", data: { ms: 20 } })));
  await worker.until("9 jobs", () => worker.statusUpdate?.finished === 9);
  const order = worker.started.map((name) => name.split(":")[0]).join(" ");
  assert.equal(order, "second second first first first second second second second");
});

test("jobs that are too short to wait for an answer still let a job above them pass", async () => {
  await using first = openQueue(redis, "first");
  await using second = openQueue(redis, "second");
  await second.addBulk(Array.from({ length: 3000 }, () => ({ name: "job", data: { quiet: true } })));
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["first", "second"] });
  await worker.until("some of second", () => (worker.statusUpdate?.finished ?? 0) > 10);
  const { id = "" } = await first.add("job", {});
  await worker.until("all jobs", () => worker.statusUpdate?.finished === 3001);
  const passed = await first.getJob(id);
  const behind = await client.zcount(second.toKey("completed"), `(${passed?.finishedOn}`, "+inf");
  assert.ok(behind > 0, "the whole backlog went first");
});

test("twenty queues take two connections, and an idle worker sends no command", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `queue-${index}`);
  await using worker = await startWorker({ redisUrl: redis.url, queues: names, slot: 3 });
  await worker.untilReady();
  const clients = String(await client.client("LIST"))
    .split("\n")
    .filter((line) => line.includes(`:${worker.pid}:slot3`));
  assert.equal(clients.length, 2, clients.join("\n"));
  await client.config("RESETSTAT");
  // All that an idle worker does: every five seconds it restores lost markers, for all queues in one script.
  const stats = await eventually(8_000, "a look at the markers", async () => {
    const found = await commandCalls();
    return found.has("hmget") && found;
  });
  assert.equal((stats.get("eval") ?? 0) + (stats.get("evalsha") ?? 0), 1);
  assert.ok((stats.get("bzpopmin") ?? 0) <= 1);
  const expected = ["eval", "evalsha", "bzpopmin", "hmget", "exists", "zrange", "info", "config|resetstat"];
  assert.deepEqual(
    [...stats.keys()].filter((name) => !expected.includes(name)),
    [],
  );
});

test("a new job on any of many queues is picked up by its own wake-up, not by the next look at the markers", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `queue-${index}`);
  await using worker = await startWorker({ redisUrl: redis.url, queues: names });
  await worker.untilReady();
  for (const name of names) {
    await using queue = openQueue(redis, name);
    const woken = async () => {
      const readsBefore = await metaReads();
      const { id } = await queue.add("job", {});
      await worker.until(`job of ${name}`, () => worker.events.includes(`end ${name}:${id}`));
      // Taking a job reads the meta key of its queue once or twice; a maintenance look reads those of all queues.
      return (await metaReads()) - readsBefore < names.length;
    };
    // A look may coincide by chance, but not three times in a row: there are seconds between two looks.
    assert.ok((await woken()) || (await woken()) || (await woken()), `${name} waited for the look`);
  }
});

test("@C limits the jobs of all queues together", async () => {
  await using first = openQueue(redis, "first");
  await using second = openQueue(redis, "second");
  for (const queue of [first, second]) {
    await queue.addBulk(Array.from({ length: 6 }, () => ({ name: "job", data: { ms: 50 } })));
  }
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["first", "second"], concurrency: 3 });
  await worker.until("12 jobs", () => worker.statusUpdate?.finished === 12);
  let running = 0;
  const most = Math.max(...worker.events.map((event) => (running += event.startsWith("start") ? 1 : -1)));
  assert.equal(most, 3);
});

test("BullMQ's own tools list the worker, and the job names the worker that processed it", async () => {
  await using first = openQueue(redis, "first");
  await using second = openQueue(redis, "second");
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["first", "second"], slot: 7 });
  await worker.untilReady();
  for (const queue of [first, second]) {
    const names = (await queue.getWorkers()).map(({ rawname }) => rawname);
    assert.equal(names.length, 1);
    assert.match(names[0] ?? "", new RegExp(`:w:.+:${worker.pid}:slot7$`));
  }
  const { id } = await second.add("job", {});
  await worker.until("the job", () => worker.statusUpdate?.finished === 1);
  assert.match((await second.getJob(id ?? ""))?.processedBy ?? "", new RegExp(`:${worker.pid}:slot7$`));
});
