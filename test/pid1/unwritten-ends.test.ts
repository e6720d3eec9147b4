import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { Redis } from "ioredis";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 60_000;

/** The Redis of the jobs. The jobs record what they do in another Redis, which refuses nothing. */
let redis: TestRedis;
let client: Redis;
before(async () => {
  redis = await startRedis();
  client = new Redis(redis.port);
});
beforeEach(async () => await client.flushall());
after(async () => {
  client.disconnect();
  await redis.close();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<Forker> {
  const times = { FORKER_STOP_TIMEOUT: "300ms", FORKER_RELOAD_DRAIN_TIMEOUT: "100ms" };
  const forker = await Forker.start({ workload: "jobs", env: { REDIS_URL: redis.url, ...times, ...env } });
  await forker.ready();
  await forker.logged("keeper ready");
  return forker;
}

/** The job's processor ends, and Redis refuses the end until the worker has exited because of it. */
async function workerGone(forker: Forker, id: string, signal: "SIGTERM" | "SIGHUP", exitCode = 0): Promise<void> {
  await forker.began(id);
  await client.config("SET", "min-replicas-to-write", 1);
  try {
    await forker.release(id);
    await forker.logged("could not write the end of a job: Redis refused it; trying again");
    forker.pid1.signal(signal);
    await forker.loggedWith("worker ended", exitCode === 0 ? { lost: 0, passedOn: 1 } : { lost: 1, passedOn: 0 });
    const { slot, workerPid } = await forker.loggedWith("worker exited", { exitCode });
    const message = "could not hand back jobs of a dead worker, or write their ends; trying again";
    await forker.loggedWith(message, { slot, workerPid });
  } finally {
    await client.config("SET", "min-replicas-to-write", 0);
  }
}

/** The ends of the job in BullMQ's event stream. */
async function ends(): Promise<string[]> {
  const events = await client.xrange("bull:jobs:events", "-", "+");
  return events.map(([, fields]) => fields[1] ?? "").filter((event) => ["completed", "failed"].includes(event));
}

async function starts(forker: Forker, id: string): Promise<number> {
  return (await forker.ledger()).filter((entry) => entry.id === id && entry.what === "began").length;
}

describe("a job that has ended, and whose end Redis refuses for longer than its worker may stay", () => {
  test("runs once: the keeper completes it when Redis accepts that, with its return value", async () => {
    await using forker = await start();
    await using queue = openQueue(redis, "jobs");
    await queue.add("deaf", {}, { jobId: "finished" });
    await workerGone(forker, "finished", "SIGTERM");
    await forker.loggedWith("wrote job ends that Redis had refused to a worker", { jobs: /^jobs:finished$/ });
    assert.equal(await forker.pid1.exitCode(waitMs), 0);
    const job = await queue.getJob("finished");
    assert.deepEqual([await job?.getState(), job?.returnvalue], ["completed", "released"]);
    assert.deepEqual([job?.attemptsStarted, job?.attemptsMade, job?.stalledCounter], [1, 1, 0]);
    assert.deepEqual([await starts(forker, "finished"), await ends()], [1, ["completed"]]);
    const told = forker.log.map(({ msg }) => String(msg));
    assert.ok(!told.some((line) => line.startsWith("handed back")), told.join("\n"));
  });

  test("fails once, with its own reason and stack, and a living worker hears of it", async () => {
    await using forker = await start({ TEST_RECORDS_HOOKS: "1" });
    await using queue = openQueue(redis, "jobs");
    await queue.add("fails late", {}, { jobId: "thrown" });
    await workerGone(forker, "thrown", "SIGHUP");
    await forker.loggedWith("wrote job ends that Redis had refused to a worker", { jobs: /^jobs:thrown$/ });
    const hooks = await eventually(waitMs, "the hook", async () => {
      const entries = await forker.client.lrange("hooks", 0, -1);
      return entries.length > 0 ? entries.map((entry) => JSON.parse(entry) as Record<string, unknown>) : undefined;
    });
    assert.deepEqual(
      hooks.map(({ hook, id, error, attemptsMade }) => [hook, id, error, attemptsMade]),
      [["onFailure", "thrown", "Error: as asked", 1]],
    );
    const job = await queue.getJob("thrown");
    assert.deepEqual([await job?.getState(), job?.failedReason, job?.stacktrace?.length], ["failed", "as asked", 1]);
    assert.match(job?.stacktrace?.[0] ?? "", /^Error: as asked\n.*workers\.mjs/);
    assert.deepEqual([await starts(forker, "thrown"), await ends()], [1, ["failed"]]);
    const { slots } = await forker.status();
    assert.deepEqual([slots[0]?.finished, slots[0]?.failed], [0, 1]);
    assert.equal(await forker.drained(), 0);
  });

  test("is handed back where its result is too large to pass on, and the log says that it had finished", async () => {
    await using forker = await start();
    await using queue = openQueue(redis, "jobs");
    await queue.add("returns much", {}, { jobId: "large" });
    await workerGone(forker, "large", "SIGTERM", 74);
    await forker.logged("it is too large; the finished job runs again");
    await forker.loggedWith("handed back jobs of a dead worker", { jobs: /^jobs:large$/ });
    assert.equal(await forker.pid1.exitCode(waitMs), 0);
    assert.equal(await queue.getJobState("large"), "waiting");
    assert.deepEqual(await ends(), []);
  });

  test("is written by the keeper where Redis refuses it for longer than its lock lasts, and no longer counts as lost", async () => {
    await using forker = await start({ FORKER_LOCK_DURATION: "1s" });
    await using queue = openQueue(redis, "jobs");
    await queue.add("deaf", {}, { jobId: "again" });
    await forker.began("again");
    await client.config("SET", "min-replicas-to-write", 1);
    try {
      await forker.release("again");
      await forker.logged("could not write the end of a job: Redis refused it; trying again");
      forker.pid1.signal("SIGHUP");
      await forker.loggedWith(
        "gave up handing back jobs of a dead worker; they run again when BullMQ's stalled check finds them",
        { jobs: /^jobs:again$/, finished: /^jobs:again$/ },
      );
      assert.equal((await forker.status()).totals.lost, 1);
    } finally {
      await client.config("SET", "min-replicas-to-write", 0);
    }
    await eventually(waitMs, "the end", async () => (await queue.getJobState("again")) === "completed");
    assert.equal((await queue.getJob("again"))?.attemptsStarted, 1, "it did not run again");
    await forker.until("no lost job", (status) => status.totals.lost === 0);
    assert.equal(await forker.drained(), 0);
  });
});
