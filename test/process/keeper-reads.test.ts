import assert from "node:assert/strict";
import { test } from "node:test";
import { FlowProducer, type Job, type JobsOptions, type Queue, Worker } from "bullmq";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import type { Keeper } from "../../src/keeper/keeper.ts";
import { newInstanceId, newLockOwner } from "../../src/protocol/instance-id.ts";
import type { InitToKeeper, KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import { eventually } from "../support/deadline.ts";
import { deathOrder, startKeeper } from "../support/keeper.ts";
import { Proxy } from "../support/proxy.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 30_000;
const jobBytes = 1 << 20;
/** How much the keeper may read in all, including jobs' errors and options. */
const leastBytes = jobBytes / 2;
const large = "x".repeat(jobBytes);

const { redis, client } = await useRedis();

/** A keeper, and how much it has read from Redis. */
class ReadingKeeper implements Disposable {
  readonly said: KeeperMessage[] = [];
  readonly proxy: Proxy;
  readonly #keeper: Keeper;

  static async start(): Promise<ReadingKeeper> {
    return new ReadingKeeper(await bundledBull(), await Proxy.start(redis.port));
  }

  private constructor(bull: Awaited<ReturnType<typeof bundledBull>>, proxy: Proxy) {
    this.proxy = proxy;
    this.#keeper = startKeeper(bull, proxy.url, (message) => this.said.push(message));
  }

  receive(message: InitToKeeper): void {
    this.#keeper.receive(message);
  }

  [Symbol.dispose](): void {
    this.#keeper.close();
    this.proxy.close();
  }
}

/** Adds a job with large data and progress, and takes it like a worker that dies with it. */
async function taken(queue: Queue, lockOwner: string, options: JobsOptions = {}): Promise<string> {
  const worker = new Worker(queue.name, null, { connection: { port: redis.port } });
  await queue.add("job", large, options);
  const job = await worker.getNextJob(`${lockOwner}:1`, { block: false });
  assert.ok(job);
  await job.updateProgress(large);
  await worker.close();
  return job.id ?? "";
}

async function read(queue: Queue, id = ""): Promise<Job> {
  const job = await queue.getJob(id);
  assert.ok(job);
  return job;
}

test("a keeper hands jobs back without reading their data", async () => {
  await using queue = openQueue(redis, "back");
  using keeper = await ReadingKeeper.start();
  const ids = [await taken(queue, "dead"), await taken(queue, "dead", { priority: 7 })];
  await client.del("bull:back:marker");
  keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["back"] });
  await eventually(waitMs, "the answer", () => keeper.said.some(({ kind }) => kind === "handedBack"));
  assert.deepEqual(await Promise.all(ids.map((id) => queue.getJobState(id))), ["waiting", "prioritized"]);
  assert.equal(await client.zcard("bull:back:marker"), 1);
  assert.ok(keeper.proxy.bytesFromRedis < leastBytes, `${keeper.proxy.bytesFromRedis} bytes`);
  assert.equal((await read(queue, ids[0])).data, large);
});

test("a keeper fails a job at its third death without reading its data, as BullMQ would", async () => {
  await using queue = openQueue(redis, "third");
  using keeper = await ReadingKeeper.start();
  await using closing = new AsyncDisposableStack();
  const flow = new FlowProducer({ connection: { port: redis.port } });
  closing.defer(() => flow.close());
  const { job: parent } = await flow.add({
    name: "parent",
    queueName: "parents",
    children: [{ name: "child", queueName: "third", data: large, opts: { failParentOnFailure: true, attempts: 5 } }],
  });
  const worker = new Worker("third", null, { connection: { port: redis.port } });
  closing.defer(() => worker.close());
  const job = await worker.getNextJob("dead:1", { block: false });
  assert.ok(job);
  const hash = `bull:third:${job.id}`;
  await client.hset(hash, { forkerDeaths: 2, forkerDeathsAt: 0, stacktrace: JSON.stringify(["an earlier one"]) });
  keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["third"] });
  await eventually(waitMs, "the answer", () => keeper.said.some(({ kind }) => kind === "handedBack"));
  const failed = await read(queue, job.id);
  assert.equal(await failed.getState(), "failed");
  assert.equal(failed.failedReason, "it died; 3 workers died with this job");
  assert.equal(failed.stacktrace?.length, 2);
  assert.equal(failed.stacktrace?.[0], "an earlier one");
  assert.equal(failed.attemptsMade, 1);
  assert.equal(failed.data, large);
  assert.equal(await parent.getState(), "waiting");
  assert.match(String(await client.hget(`bull:parents:${parent.id}`, "defa")), /child bull:third:.* failed/);
  assert.ok(keeper.proxy.bytesFromRedis < leastBytes, `${keeper.proxy.bytesFromRedis} bytes`);
});

test("a keeper ends an attempt by the job's own options, without reading its data", async () => {
  await using queue = openQueue(redis, "attempts");
  using keeper = await ReadingKeeper.start();
  const again = await taken(queue, "dead", { attempts: 3, backoff: { type: "fixed", delay: 600_000 } });
  const last = await taken(queue, "dead", { attempts: 1, removeOnFail: true });
  const endings = [again, last].map((id) => {
    return { queue: "attempts", id, outcome: "retry", message: "too long", error: "JobTimeoutError" } as const;
  });
  keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["attempts"], endings });
  await eventually(waitMs, "the answer", () => keeper.said.some(({ kind }) => kind === "handedBack"));
  const delayed = await read(queue, again);
  assert.equal(await delayed.getState(), "delayed");
  assert.equal(delayed.attemptsMade, 1);
  assert.equal(delayed.failedReason, "too long");
  assert.equal(await queue.getJob(last), undefined);
  assert.ok(keeper.proxy.bytesFromRedis < leastBytes, `${keeper.proxy.bytesFromRedis} bytes`);
});

test("a keeper reports each end that it has written once, even if Redis's answer was lost", async () => {
  await using queue = openQueue(redis, "ends");
  using keeper = await ReadingKeeper.start();
  const id = await taken(queue, "dead", { attempts: 1 });
  const ending = { queue: "ends", id, outcome: "retry", message: "too long", error: "JobTimeoutError" } as const;
  keeper.proxy.loseAnswerTo("too long");
  keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["ends"], endings: [ending] });
  await eventually(waitMs, "the answer", () => keeper.said.some(({ kind }) => kind === "handedBack"));
  assert.equal(keeper.proxy.hasLost, true);
  const { finishedOn } = await read(queue, id);
  const failure = { name: "JobTimeoutError", message: "too long" };
  assert.deepEqual(keeper.said, [
    { kind: "ended", report: { queue: "ends", id, failure, attemptsMade: 1, finishedOn } },
    {
      kind: "handedBack",
      worker: 1,
      handedBack: [],
      failed: [{ queue: "ends", id }],
      wroteCompleted: [],
      wroteFailed: [],
    },
  ]);
});

test("a keeper releases the jobs of a killed forker one by one, without reading their data", async () => {
  await using queue = openQueue(redis, "orphans");
  using keeper = await ReadingKeeper.start();
  const killed = newInstanceId("host");
  const once = await taken(queue, newLockOwner(killed));
  const twice = await taken(queue, newLockOwner(killed));
  await client.hset(`bull:orphans:${twice}`, { forkerDeaths: 1, forkerDeathsAt: 0 });
  await client.set(`bull:forker:${killed}`, "running elsewhere/1", "PX", 1_000);
  keeper.receive({ kind: "guard", worker: 1, lockOwner: newLockOwner(newInstanceId("host")), queues: ["orphans"] });
  await eventually(waitMs, "both to wait", async () => {
    const states = await Promise.all([once, twice].map((id) => queue.getJobState(id)));
    return states.every((state) => state === "waiting");
  });
  assert.ok(keeper.proxy.bytesFromRedis < leastBytes, `${keeper.proxy.bytesFromRedis} bytes`);
});
