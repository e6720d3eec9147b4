// The keeper ends the jobs of dead workers by their queue's Worker options.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type JobsOptions, type Queue, Worker } from "bullmq";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import type { JobEnding } from "../../src/protocol/dead-worker.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import type { QueueOptions } from "../../src/protocol/queue-options.ts";
import type { RetryDelayAnswer } from "../../src/protocol/retry-delay.ts";
import type { UnwrittenEnd } from "../../src/protocol/unwritten-end.ts";
import { eventually } from "../support/deadline.ts";
import { deathOrder, startKeeper } from "../support/keeper.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 20_000;
const { redis, client } = await useRedis();

/** Adds a job, and takes it like a worker that dies with it. */
async function taken(queue: Queue, options: JobsOptions = {}): Promise<string> {
  const worker = new Worker(queue.name, null, { connection: { port: redis.port } });
  const { id = "" } = await queue.add("job", {}, options);
  assert.equal((await worker.getNextJob("dead:1", { block: false }))?.id, id);
  await worker.close();
  return id;
}

type Ending = Omit<JobEnding, "queue"> | Omit<UnwrittenEnd, "queue">;

interface Death {
  readonly ending?: Ending;
  readonly options?: Omit<QueueOptions, "pattern">;
  readonly answer?: Omit<RetryDelayAnswer, "number">;
}

/** What a keeper reports about a dead worker that held one job. */
async function told(queue: string, id: string, { ending, options = {}, answer }: Death): Promise<KeeperMessage[]> {
  const said: KeeperMessage[] = [];
  const queueOptions = [{ pattern: "*" }, { pattern: queue, ...options }];
  const send = (message: KeeperMessage) => {
    said.push(message);
    if (message.kind === "askRetryDelay" && answer !== undefined)
      keeper.receive({ kind: "retryDelay", ...answer, number: message.number });
  };
  const keeper = startKeeper(await bundledBull(), redis.url, send, { queueOptions });
  const endings = ending === undefined ? [] : [{ queue, ...ending }];
  try {
    keeper.receive({ ...deathOrder, lockOwner: "dead", queues: [queue], holding: [{ queue, id, starts: 1 }], endings });
    await eventually(waitMs, "the answer", () => said.some(({ kind }) => kind === "handedBack"));
    return said;
  } finally {
    keeper.close();
  }
}

const asked = (said: readonly KeeperMessage[]) =>
  said.flatMap((message) => (message.kind === "askRetryDelay" ? [message] : []));

const tooLong = (id: string) => ({ id, outcome: "retry", message: "too long", error: "JobTimeoutError" }) as const;
const completed = (id: string) => ({ id, outcome: "unwritten", starts: 1, ends: 0, result: "1" }) as const;

describe("a job that the keeper ends", () => {
  test("is removed if its queue's removeOnComplete or removeOnFail says so, unless its own option says otherwise", async () => {
    await using queue = openQueue(redis, "removes");
    const options = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };
    const good = await taken(queue);
    await told("removes", good, { ending: completed(good), options });
    const bad = await taken(queue);
    const said = await told("removes", bad, { ending: tooLong(bad), options });
    assert.deepEqual(await queue.getJobCounts("completed", "failed"), { completed: 0, failed: 0 });
    assert.equal(await client.exists(`bull:removes:${bad}:forkerCopy`), 1, "a copy for the hook");
    assert.ok(said.some(({ kind }) => kind === "ended"));
    const kept = await taken(queue, { removeOnFail: false });
    await told("removes", kept, { ending: tooLong(kept), options });
    assert.equal(await queue.getJobState(kept), "failed");
  });

  test("displaces older ones if its queue keeps a number of them, and counts in the metrics", async () => {
    await using queue = openQueue(redis, "keeps");
    const options = { removeOnComplete: { count: 1 }, metrics: { maxDataPoints: 10 } };
    const first = await taken(queue);
    await told("keeps", first, { ending: completed(first), options });
    const last = await taken(queue);
    await told("keeps", last, { ending: completed(last), options });
    assert.deepEqual(
      (await queue.getCompleted()).map(({ id }) => id),
      [last],
    );
    assert.equal((await queue.getMetrics("completed")).meta.count, 2);
  });

  test("is not retried if it was started as often as its queue's maxStartedAttempts allows", async () => {
    await using queue = openQueue(redis, "starts");
    const id = await taken(queue, { attempts: 3 });
    await told("starts", id, { ending: tooLong(id), options: { maxStartedAttempts: 1 } });
    assert.equal(await queue.getJobState(id), "failed");
  });

  test("waits for its next attempt as long as a worker says, which calls the application's back-off strategy", async () => {
    await using queue = openQueue(redis, "backs-off");
    const id = await taken(queue, { attempts: 3, backoff: { type: "ours" } });
    const options = { hasBackOffStrategy: true };
    const said = await told("backs-off", id, { ending: tooLong(id), options, answer: { delayMs: 700_000 } });
    const failure = { name: "JobTimeoutError", message: "too long" };
    assert.deepEqual(asked(said), [
      { kind: "askRetryDelay", number: 0, queue: "backs-off", id, attemptsMade: 1, failure },
    ]);
    const job = await queue.getJob(id);
    assert.deepEqual([await job?.getState(), job?.delay, job?.attemptsMade], ["delayed", 700_000, 1]);
  });

  test("fails for good if the strategy returns -1, or throws", async () => {
    await using queue = openQueue(redis, "gives-up");
    for (const answer of [{ delayMs: -1 }, { error: "a mistake" }]) {
      const id = await taken(queue, { attempts: 3, backoff: { type: "ours" } });
      await told("gives-up", id, { ending: tooLong(id), options: { hasBackOffStrategy: true }, answer });
      assert.equal(await queue.getJobState(id), "failed");
    }
  });

  test("is retried at once if no worker answers in time, or its queue has no strategy", async () => {
    await using queue = openQueue(redis, "unanswered");
    for (const options of [{ hasBackOffStrategy: true }, {}]) {
      const id = await taken(queue, { attempts: 3, backoff: { type: "ours" } });
      await told("unanswered", id, { ending: tooLong(id), options });
      assert.equal(await queue.getJobState(id), "waiting");
      await queue.remove(id);
    }
  });

  test("keeps a built-in back-off, and nobody is asked", async () => {
    await using queue = openQueue(redis, "built-in");
    const id = await taken(queue, { attempts: 3, backoff: { type: "fixed", delay: 600_000 } });
    const said = await told("built-in", id, { ending: tooLong(id), options: { hasBackOffStrategy: true } });
    assert.deepEqual(asked(said), []);
    assert.equal((await queue.getJob(id))?.delay, 600_000);
  });
});

describe("a job that a worker has died with", () => {
  test("fails at its first death if its queue's maxStalledCount is 0, and survives as many as it says", async () => {
    await using queue = openQueue(redis, "dies");
    const once = await taken(queue, { attempts: 3 });
    await told("dies", once, { options: { maxStalledCount: 0 } });
    assert.equal(await queue.getJobState(once), "failed");
    assert.equal((await queue.getJob(once))?.failedReason, "it died; 1 worker died with this job");
    const often = await taken(queue);
    await client.hset(`bull:dies:${often}`, { forkerDeaths: 3, forkerLastDeath: 0, forkerDeathsAt: 0 });
    await told("dies", often, { options: { maxStalledCount: 4 } });
    assert.equal(await queue.getJobState(often), "waiting");
  });

  test("is locked for its queue's lockDuration while the keeper holds it", async () => {
    await using queue = openQueue(redis, "locks");
    const id = await taken(queue, { attempts: 3, backoff: { type: "ours" } });
    const options = { hasBackOffStrategy: true, lockDurationMs: 9_000 };
    let leftMs = 0;
    const said: KeeperMessage[] = [];
    const queueOptions = [{ pattern: "locks", ...options }];
    const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message), { queueOptions });
    try {
      const endings = [{ queue: "locks", ...tooLong(id) }];
      keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["locks"], endings });
      const question = await eventually(waitMs, "the question", () => asked(said)[0]);
      leftMs = await client.pttl(`bull:locks:${id}:lock`);
      keeper.receive({ kind: "retryDelay", number: question.number, delayMs: 5_000 });
      await eventually(waitMs, "the answer", () => said.some(({ kind }) => kind === "handedBack"));
    } finally {
      keeper.close();
    }
    assert.ok(leftMs > 0 && leftMs <= 9_000, String(leftMs));
  });
});

test("a keeper renews the locks of a queue with a short lockDuration in time, and takes over changed options", async () => {
  await using queue = openQueue(redis, "renews");
  const id = await taken(queue);
  await client.pexpire(`bull:renews:${id}:lock`, 900);
  const said: KeeperMessage[] = [];
  const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message));
  try {
    keeper.receive({ kind: "options", queueOptions: [{ pattern: "renews", lockDurationMs: 2_000 }] });
    keeper.receive({ kind: "guard", worker: 1, lockOwner: "dead", queues: ["renews"] });
    await eventually(waitMs, "a renewal", async () => (await client.pttl(`bull:renews:${id}:lock`)) > 1_000);
    assert.ok((await client.pttl(`bull:renews:${id}:lock`)) <= 2_000);
  } finally {
    keeper.close();
  }
});
