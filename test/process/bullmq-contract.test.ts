// What forker assumes about BullMQ, tested with each supported major version; src/bull/library has the names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { FlowProducer, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { clientName, renameClient } from "../../src/bull/connection/client-name.ts";
import { persistentClient } from "../../src/bull/connection/new-client.ts";
import { redisTarget } from "../../src/bull/connection/redis-target.ts";
import { aloneField } from "../../src/bull/keys/held-lock-scripts.ts";
import { Markers } from "../../src/bull/keys/markers.ts";
import type { BullJob } from "../../src/bull/library/bull-types.ts";
import { missingInternals } from "../../src/bull/library/check-internals.ts";
import { errorCode } from "../../src/bull/library/internals.ts";
import {
  delayedScoreFactor,
  jobField,
  jobKey,
  lockKey,
  markerMember,
  metaField,
  type QueueKeys,
} from "../../src/bull/library/key-layout.ts";
import { type Bull, loadBull } from "../../src/bull/library/load-bull.ts";
import { handBack } from "../../src/bull/worker/hand-back.ts";
import { type Lane, LaneFactory } from "../../src/bull/worker/lane.ts";
import { refusalOf } from "../../src/bull/worker/refusals.ts";
import { whyUnreadable } from "../../src/bull/worker/unreadable-jobs.ts";
import { unscheduledOf } from "../../src/bull/worker/unscheduled-jobs.ts";
import { applicationWith, supportedBulls } from "../support/bull-versions.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { startWorker } from "../support/worker-harness.ts";

const workerName = "host:1:slot0:abc-def";
const lockDurationMs = 30_000;
const fixture = path.join(import.meta.dirname, "../fixtures/apps/queue-worker.mjs");

for (const { major, folder } of supportedBulls) {
  describe(`BullMQ ${major}`, () => {
    const application = applicationWith(folder, readFileSync(fixture, "utf8"));
    let redis: TestRedis;
    let bull: Bull;
    let client: Redis;
    let factory: LaneFactory;
    let performed: (job: BullJob) => Promise<unknown>;
    const opened: { close(): Promise<void> }[] = [];

    before(async () => {
      redis = await startRedis();
      bull = await loadBull(application.path);
      client = persistentClient(bull, redisTarget(redis.url)) as Redis;
      factory = new LaneFactory(bull, client, { prefix: "bull", workerName, lockDurationMs, longestLimitMs: 60_000 });
    });
    after(async () => {
      try {
        for (const one of opened) await one.close();
        client.disconnect();
      } finally {
        await redis.close();
        application[Symbol.dispose]();
      }
    });

    function open(name: string): { queue: Queue; lane: Lane; keys: QueueKeys } {
      const queue = new bull.api.Queue(name, { connection: { port: redis.port } });
      const lane = factory.lane(name, {
        perform: (_lane, job) => performed(job),
        completed: () => undefined,
        failed: () => undefined,
        error: () => undefined,
        locksLost: () => undefined,
      });
      opened.push(queue, lane);
      return { queue, lane, keys: lane.keys };
    }

    async function take(lane: Lane, token: string): Promise<BullJob> {
      const job = await lane.fetch(token);
      assert.ok(job, "a job");
      return job;
    }

    test("has every name of the inventory", () => {
      assert.equal(bull.origin, "app");
      assert.equal(bull.major, major);
      assert.deepEqual(missingInternals(bull.api, major), []);
    });

    test("says by these codes that a job is not the caller's", () => {
      const codes: Readonly<Record<string, unknown>> = bull.api.ErrorCode;
      for (const [name, code] of Object.entries(errorCode)) assert.equal(codes[name], code, name);
    });

    test("locks a job that it takes, and writes into its hash who took it and how often it was started", async () => {
      const { queue, lane, keys } = open("take");
      await queue.add("job", {}, { jobId: "one" });
      await take(lane, "owner:1");
      assert.equal(await client.get(lockKey(keys, "one")), "owner:1");
      assert.ok((await client.pttl(lockKey(keys, "one"))) > lockDurationMs / 2);
      assert.deepEqual(await client.lrange(keys.active, "0", "-1"), ["one"]);
      const hash = await client.hgetall(jobKey(keys, "one"));
      assert.equal(hash[jobField.attemptsStarted], "1");
      assert.equal(hash[jobField.attemptsMade] ?? "0", "0");
      assert.equal(hash[jobField.processedBy], workerName);
      assert.ok(Math.abs(Date.now() - Number(hash[jobField.processedOn])) < 60_000);
      for (const field of [jobField.timestamp, jobField.data, jobField.options, jobField.priority])
        assert.ok(field in hash, field);
      const found = await lane.find("one", "toEnd");
      assert.deepEqual([found?.attemptsStarted, found?.attemptsMade], [1, 0]);
    });

    test("records an attempt that failed, and one that completed, and the lock goes", async () => {
      const { queue, lane, keys } = open("end");
      await queue.add("job", {}, { jobId: "one", attempts: 2 });
      performed = () => Promise.reject(new Error("first"));
      await lane.process(await take(lane, "owner:1"), "owner:1", () => false);
      const retried = await client.hgetall(jobKey(keys, "one"));
      assert.deepEqual([retried[jobField.attemptsMade], retried[jobField.finishedOn]], ["1", undefined]);
      assert.match(retried[jobField.stacktrace] ?? "", /Error: first/);
      performed = () => Promise.resolve("well");
      await lane.process(await take(lane, "owner:2"), "owner:2", () => false);
      const ended = await client.hgetall(jobKey(keys, "one"));
      assert.deepEqual([ended[jobField.attemptsStarted], ended[jobField.attemptsMade]], ["2", "2"]);
      assert.ok(Number(ended[jobField.finishedOn]) > 0);
      assert.equal(await client.exists(lockKey(keys, "one")), 0);
      assert.equal((await queue.getJob("one"))?.returnvalue, "well");
    });

    test("takes the next job in the step that ends one, if that is wanted then", async () => {
      const { queue, lane, keys } = open("chain");
      for (const jobId of ["one", "two"]) await queue.add("job", {}, { jobId });
      performed = () => Promise.resolve();
      const next = await lane.process(await take(lane, "owner:1"), "owner:1", () => true);
      assert.equal(next?.id, "two");
      assert.equal(await client.get(lockKey(keys, "two")), "owner:1");
    });

    test("marks a queue that has a job, and one whose delayed job is due later", async () => {
      const { queue, keys } = open("markers");
      await queue.add("job", {});
      assert.deepEqual(await client.zrange(keys.marker, "0", "-1", "WITHSCORES"), [markerMember.job, "0"]);
      const later = open("later");
      await later.queue.add("job", {}, { jobId: "one", delay: 600_000 });
      const job = await later.queue.getJob("one");
      const dueAt = (job?.timestamp ?? 0) + 600_000;
      const [member, score] = await client.zrange(later.keys.marker, "0", "-1", "WITHSCORES");
      assert.deepEqual([member, Number(score)], [markerMember.delayed, dueAt]);
      const delayed = Number(await client.zscore(later.keys.delayed, "one"));
      assert.equal(Math.floor(delayed / delayedScoreFactor), dueAt);
      assert.equal(await later.lane.fetch("owner:1"), undefined);
      assert.equal(later.lane.dueAt, dueAt);
    });

    test("a marker that was lost is restored as BullMQ would write it", async () => {
      const waiting = open("lost-job");
      const delayed = open("lost-delay");
      await waiting.queue.add("job", {});
      await delayed.queue.add("job", {}, { delay: 600_000 });
      const written = () =>
        Promise.all([waiting, delayed].map(({ keys }) => client.zrange(keys.marker, "0", "-1", "WITHSCORES")));
      const original = await written();
      await client.del(waiting.keys.marker, delayed.keys.marker);
      await new Markers(client).restore([waiting.keys, delayed.keys]);
      assert.deepEqual(await written(), original);
    });

    test("records in the meta hash what keeps every worker from taking jobs", async () => {
      const { queue, lane, keys } = open("meta");
      await queue.pause();
      assert.equal(await client.hexists(keys.meta, metaField.paused), 1);
      await queue.resume();
      assert.equal(await client.hexists(keys.meta, metaField.paused), 0);
      await queue.setGlobalConcurrency(7);
      assert.equal(await client.hget(keys.meta, metaField.concurrency), "7");
      await queue.setGlobalRateLimit(1, 600_000);
      assert.equal(await client.hget(keys.meta, metaField.rateLimit), "1");
      for (const jobId of ["one", "two"]) await queue.add("job", {}, { jobId });
      await take(lane, "owner:1");
      assert.equal(await client.get(keys.limiter), "1");
      assert.equal(await lane.fetch("owner:2"), undefined);
      assert.ok(lane.limitedUntil > Date.now(), "the worker notes until when");
    });

    test("keeps prioritized jobs in a set of their own", async () => {
      const { queue, keys } = open("priority");
      await queue.add("job", {}, { jobId: "one", priority: 3 });
      assert.deepEqual(await client.zrange(keys.prioritized, "0", "-1"), ["one"]);
      assert.equal(await client.hget(jobKey(keys, "one"), jobField.priority), "3");
    });

    test("hands over a job's whole hash as it takes the job: a field of forker's is seen", async () => {
      const { queue, lane, keys } = open("suspect");
      await queue.add("job", {}, { jobId: "one" });
      await client.hset(jobKey(keys, "one"), aloneField, "1");
      assert.equal(lane.isSuspect(await take(lane, "owner:1")), true);
    });

    test("a job that was handed back is first in its queue, without a lock, and at no cost to its attempts", async () => {
      const { queue, lane, keys } = open("hand-back");
      for (const jobId of ["one", "two"]) await queue.add("job", {}, { jobId });
      await handBack(await take(lane, "owner:1"), "owner:1", () => Promise.resolve());
      assert.equal(await client.exists(lockKey(keys, "one")), 0);
      assert.equal(await client.lindex(keys.wait, "-1"), "one");
      assert.equal((await client.hget(jobKey(keys, "one"), jobField.attemptsMade)) ?? "0", "0");
    });

    test("the stalled check returns a job without a lock, and renewal ends where it is let go", async () => {
      const { queue, lane, keys } = open("stalled");
      await queue.add("job", {}, { jobId: "one" });
      await take(lane, "owner:1");
      lane.untrack("one");
      await client.del(lockKey(keys, "one"));
      await lane.checkStalled();
      assert.deepEqual(await client.smembers(keys.stalled), ["one"]);
      await client.del(`${keys[""]}stalled-check`);
      await lane.checkStalled();
      assert.deepEqual(await client.lrange(keys.wait, "0", "-1"), ["one"]);
    });

    test("the end of a job that another has is refused by a code", async () => {
      const { queue, lane, keys } = open("other");
      await queue.add("job", {}, { jobId: "one" });
      const job = await take(lane, "owner:1");
      await client.set(lockKey(keys, "one"), "another:1");
      const refused = await job.moveToCompleted("well", "owner:1", false).catch((error: unknown) => error);
      assert.equal(refusalOf(refused), "notHeld", String(refused));
    });

    test("a job whose fields are not JSON is still taken, and its error says so", async () => {
      const { queue, lane, keys } = open("unreadable");
      for (const field of [jobField.data, jobField.options, jobField.progress, jobField.parent]) {
        await queue.add("job", {}, { jobId: field });
        await client.hset(jobKey(keys, field), field, "NaN");
        const job = await take(lane, `owner:${field}`);
        assert.match(whyUnreadable(job) ?? "", new RegExp(`\\b${field} cannot be read`));
        assert.match(whyUnreadable((await lane.find(field, "toTell")) ?? job) ?? "", new RegExp(`\\b${field} `));
      }
    });

    test("a child's hash names its parent twice", async () => {
      const flow: FlowProducer = new bull.api.FlowProducer({ connection: { port: redis.port } });
      opened.push(flow);
      const { keys } = open("child");
      const child = { name: "child", queueName: "child", opts: { jobId: "one" } };
      await flow.add({ name: "parent", queueName: "parent", opts: { jobId: "top" }, children: [child] });
      const hash = await client.hgetall(jobKey(keys, "one"));
      assert.equal(hash[jobField.parentKey], "bull:parent:top");
      const parent = JSON.parse(hash[jobField.parent] ?? "") as Record<string, unknown>;
      assert.deepEqual([parent["id"], parent["queueKey"]], ["top", "bull:parent"]);
    });

    test("a scheduler's job whose next iteration fails is given, with what it lacks", async () => {
      const { queue, lane, keys } = open("scheduled");
      const first = await queue.upsertJobScheduler("tick", { every: 3_600_000 }, { name: "tick" });
      if (await first?.isDelayed()) await first?.promote();
      const key = jobKey(keys, first?.id ?? "");
      const options = JSON.parse((await client.hget(key, jobField.options)) ?? "") as { repeat: object };
      const repeat = { ...options.repeat, every: undefined, pattern: "no pattern at all" };
      await client.hset(key, jobField.options, JSON.stringify({ ...options, repeat }));
      const job = await take(lane, "owner:1");
      assert.equal(job.id, first?.id);
      assert.ok(unscheduledOf(job)?.cause instanceof Error);
    });

    test("lists a connection with a worker's name among the queue's workers", async () => {
      const { queue } = open("listed");
      await client.ping();
      renameClient(client, clientName("bull", "listed", workerName));
      const workers = await queue.getWorkers();
      assert.deepEqual(
        workers.map(({ rawname }) => rawname),
        [clientName("bull", "listed", workerName)],
      );
    });

    test("runs in a worker process: a job succeeds, one fails, and one is handed back at a stop", async () => {
      const { queue } = open("process");
      await queue.add("job", {}, { jobId: "good" });
      await queue.add("job", { fail: "on purpose" }, { jobId: "bad" });
      await queue.add("job", { ms: 600_000, deaf: true }, { jobId: "long" });
      await using worker = await startWorker({
        redisUrl: redis.url,
        queues: ["process"],
        concurrency: 3,
        settings: { appPath: application.path },
      });
      await worker.until("all started", () => worker.started.length === 3);
      await worker.until("two ends", () => worker.statusUpdate?.finished === 1 && worker.statusUpdate.failed === 1);
      worker.kill("SIGTERM");
      await worker.exitCode();
      const states = await Promise.all(["good", "bad", "long"].map(async (id) => (await queue.getJob(id))?.getState()));
      assert.deepEqual(states, ["completed", "failed", "waiting"]);
    });
  });
}
