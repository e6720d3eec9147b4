// What forker assumes about BullMQ, tested with the oldest and the newest minor version of each major version. src/bull/library
// has the names, and src/bull/older what older versions lack.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { FlowProducer, JobsOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { clientName, renameClient } from "../../src/bull/connection/client-name.ts";
import { persistentClient } from "../../src/bull/connection/new-client.ts";
import { redisTarget } from "../../src/bull/connection/redis-target.ts";
import { aloneField } from "../../src/bull/keys/held-lock-scripts.ts";
import { Markers } from "../../src/bull/keys/markers.ts";
import type { BullJob, BullWorker } from "../../src/bull/library/bull-types.ts";
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
import { packageOfWorker } from "../../src/bull/library/loaded-packages.ts";
import { isBefore } from "../../src/bull/library/versions.ts";
import { handBack } from "../../src/bull/worker/hand-back.ts";
import { type Lane, LaneFactory, type LaneHandlers } from "../../src/bull/worker/lane.ts";
import type { WorkerArguments } from "../../src/bull/worker/open-worker.ts";
import { isInsideScript, refusalOf } from "../../src/bull/worker/refusals.ts";
import { whyUnreadable } from "../../src/bull/worker/unreadable-jobs.ts";
import { unscheduledOf } from "../../src/bull/worker/unscheduled-jobs.ts";
import { applicationWith, supportedBulls } from "../support/bull-versions.ts";
import { eventually } from "../support/deadline.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { startWorker } from "../support/worker-harness.ts";

const workerName = "host:1:slot0:abc-def";
const lockDurationMs = 30_000;
const fixture = path.join(import.meta.dirname, "../fixtures/apps/queue-worker.mjs");

for (const { version, folder } of supportedBulls) {
  const since = (first: string) => !isBefore(version, first);
  describe(`BullMQ ${version.text}`, () => {
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

    function open(
      name: string,
      handlers: Partial<LaneHandlers> = {},
      from = factory,
    ): { queue: Queue; lane: Lane; keys: QueueKeys } {
      const queue = new bull.api.Queue(name, { connection: { port: redis.port } });
      const lane = from.lane(name, {
        perform: (_lane, job) => performed(job),
        completed: () => undefined,
        failed: () => undefined,
        error: () => undefined,
        locksLost: () => undefined,
        ...handlers,
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
      assert.equal(bull.version, version.text);
      assert.deepEqual(missingInternals(bull.api, version), []);
      assert.equal(packageOfWorker(bull.api.Worker)?.file, bull.file);
    });

    test("takes a Worker that is supplied, of a subclass, whose listeners hear what the handlers emit", async () => {
      const heard: unknown[][] = [];
      class Supplied extends (bull.api.Worker as unknown as new (...given: unknown[]) => BullWorker) {}
      const supply = ({ queue, processor, options: given, backendFactory }: WorkerArguments) => {
        const worker = new Supplied(queue, processor, given, backendFactory);
        worker.on("completed", (...values: unknown[]) => heard.push(["completed", ...values]));
        worker.on("failed", (...values: unknown[]) => heard.push(["failed", ...values]));
        return worker;
      };
      const common = { prefix: "bull", workerName, lockDurationMs, longestLimitMs: 60_000 };
      const queue = new bull.api.Queue("supplied", { connection: { port: redis.port } });
      opened.push(queue);
      const ended: unknown[] = [];
      const lane = new LaneFactory(bull, client, common, supply).lane("supplied", {
        perform: async () => "done",
        completed: (one, job, result) => {
          ended.push(result);
          one.emit("completed", job, result, "active");
        },
        failed: () => assert.fail("it completes"),
        error: () => undefined,
        locksLost: () => undefined,
      });
      opened.push(lane);
      await queue.add("job", {}, { jobId: "one" });
      const job = await take(lane, "owner:1");
      await lane.process(job, "owner:1", () => false);
      assert.deepEqual(ended, ["done"]);
      assert.deepEqual(heard, [["completed", job, "done", "active"]]);
      assert.equal((job as unknown as { queue: object }).queue.constructor, Supplied);
      assert.equal(lane.hears("completed"), true);
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
      if (since("5.3")) assert.equal(hash[jobField.processedBy], workerName);
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
      // From 5.33 to 5.39, BullMQ does not store the stack of an attempt that is retried at once.
      if (!since("5.33") || since("5.40")) assert.match(retried[jobField.stacktrace] ?? "", /Error: first/);
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
      // Some releases of 5.1 have the newer member already, and the counter of some is in the fraction.
      if (since("5.2")) assert.equal(member, markerMember.delayed);
      assert.equal(Math.floor(Number(score)), dueAt);
      const delayed = Number(await client.zscore(later.keys.delayed, "one"));
      assert.equal(Math.floor(delayed / delayedScoreFactor), dueAt);
      assert.equal(await later.lane.fetch("owner:1"), undefined);
      assert.equal(later.lane.dueAt, dueAt);
    });

    test("a job that was taken leaves a marker for the next idle worker", async () => {
      const { queue, lane, keys } = open("marker-chain");
      for (const jobId of ["one", "two"]) await queue.add("job", {}, { jobId });
      await client.del(keys.marker);
      await take(lane, "owner:1");
      assert.deepEqual(await client.zrange(keys.marker, "0", "-1", "WITHSCORES"), [markerMember.job, "0"]);
    });

    test("a marker that was lost is restored as BullMQ would write it", async () => {
      const waiting = open("lost-job");
      const delayed = open("lost-delay");
      await waiting.queue.add("job", {});
      await delayed.queue.add("job", {}, { delay: 600_000 });
      const written = () =>
        Promise.all(
          [waiting, delayed].map(async ({ keys }) => {
            const [member, score] = await client.zrange(keys.marker, "0", "-1", "WITHSCORES");
            return { ...(since("5.2") && { member }), score: Math.floor(Number(score)) };
          }),
        );
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
      if (!since("5.9")) return;
      await queue.setGlobalConcurrency(7);
      assert.equal(await client.hget(keys.meta, metaField.concurrency), "7");
      if (!since("5.60")) return;
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

    test("a prioritized job that was handed back is first among its equals, and wakes a worker", async () => {
      const { queue, lane, keys } = open("hand-back-urgent");
      for (const jobId of ["one", "two"]) await queue.add("job", {}, { jobId, priority: 2 });
      const job = await take(lane, "owner:1");
      assert.equal(job.priority, 2);
      await client.del(keys.marker);
      let wakes = 0;
      await handBack(job, "owner:1", async () => void (wakes += 1));
      assert.deepEqual(await client.zrange(keys.prioritized, "0", "-1"), ["one", "two"]);
      assert.equal(wakes, 1);
    });

    test("a job that another has is not handed back, and the code says so", async () => {
      const { queue, lane, keys } = open("hand-back-other");
      await queue.add("job", {}, { jobId: "one" });
      const job = await take(lane, "owner:1");
      for (const [holder, code] of [
        ["another:1", errorCode.JobLockMismatch],
        [undefined, errorCode.JobLockNotExist],
      ] as const) {
        if (holder === undefined) await client.del(lockKey(keys, "one"));
        else await client.set(lockKey(keys, "one"), holder);
        const refused = await job.moveToWait("owner:1").catch((error: unknown) => error);
        assert.equal((refused as { code?: unknown }).code, code);
        assert.deepEqual(await client.lrange(keys.active, "0", "-1"), ["one"]);
      }
    });

    test("a job that is handed back to a paused queue is there when the queue is resumed", async () => {
      const { queue, lane } = open("hand-back-paused");
      await queue.add("job", {}, { jobId: "one" });
      const job = await take(lane, "owner:1");
      await queue.pause();
      await queue.add("job", {}, { jobId: "two" });
      await handBack(job, "owner:1", () => Promise.resolve());
      await queue.resume();
      assert.equal((await take(lane, "owner:1")).id, "one");
      assert.equal((await take(lane, "owner:2")).id, "two");
    });

    test("a job that fails takes the next one only if that is wanted", async () => {
      const { queue, lane, keys } = open("fail-alone");
      for (const jobId of ["one", "two"]) await queue.add("job", {}, { jobId });
      performed = () => Promise.reject(new Error("as asked"));
      assert.equal(await lane.process(await take(lane, "owner:1"), "owner:1", () => false), undefined);
      assert.deepEqual(await client.lrange(keys.active, "0", "-1"), []);
    });

    test("locks are renewed, and a lock that was lost is reported", async () => {
      const durationMs = 300;
      const brief = new LaneFactory(bull, client, {
        prefix: "bull",
        workerName,
        lockDurationMs: durationMs,
        longestLimitMs: 1,
      });
      let losses = 0;
      const { queue, lane, keys } = open("renewal", { locksLost: () => void (losses += 1) }, brief);
      await queue.add("job", {}, { jobId: "one" });
      const { promise, resolve } = Promise.withResolvers<void>();
      performed = () => promise;
      const job = await take(lane, "owner:1");
      const ended = lane.process(job, "owner:1", () => false);
      const beganAt = performance.now();
      await eventually(30_000, "three durations", () => performance.now() - beganAt > 3 * durationMs);
      assert.equal(await client.get(lockKey(keys, "one")), "owner:1");
      assert.equal(losses, 0);
      await client.set(lockKey(keys, "one"), "another:1");
      await eventually(30_000, "the loss", () => losses > 0);
      await client.set(lockKey(keys, "one"), "owner:1");
      resolve();
      await ended;
    });

    test("a processor that hits a rate limit puts its job back, and the lane knows until when", async () => {
      const { queue, lane, keys } = open("limited");
      await queue.add("job", {}, { jobId: "one" });
      performed = async () => {
        await client.set(keys.limiter, Number.MAX_SAFE_INTEGER, "PX", 600_000);
        throw new bull.api.RateLimitError();
      };
      await lane.process(await take(lane, "owner:1"), "owner:1", () => false);
      assert.deepEqual(await client.lrange(keys.wait, "0", "-1"), ["one"]);
      assert.ok(lane.limitedUntil > Date.now(), `until ${lane.limitedUntil}`);
      // Lane waits for the end of a limit by itself, and a fetch does not.
      const beganAt = performance.now();
      await lane.fetch("owner:2");
      assert.ok(performance.now() - beganAt < 10_000);
    });

    test("a command that Redis refuses inside a script is Redis' answer", async () => {
      const { queue, lane, keys } = open("refused");
      await queue.add("job", {}, { jobId: "one" });
      const job = await take(lane, "owner:1");
      await client.set(`${keys[""]}failed`, "no set");
      const refused = await job.moveToFailed(new Error("as asked"), "owner:1").catch((error: unknown) => error);
      assert.equal(refusalOf(refused), "persistent", String(refused));
      assert.equal(isInsideScript(refused), true);
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
      const every = 3_600_000;
      const first = since("5.16")
        ? await queue.upsertJobScheduler("tick", { every }, { name: "tick" })
        : await queue.add("tick", {}, { repeat: { every } } as JobsOptions);
      if (await first?.isDelayed()) await first?.promote();
      const key = jobKey(keys, first?.id ?? "");
      const options = JSON.parse((await client.hget(key, jobField.options)) ?? "") as { repeat: object };
      const repeat = { ...options.repeat, every: undefined, pattern: "no pattern at all" };
      await client.hset(key, jobField.options, JSON.stringify({ ...options, repeat }));
      const job = await take(lane, "owner:1");
      assert.equal(job.id, first?.id);
      assert.ok(unscheduledOf(job)?.cause instanceof Error);
    });

    test("lists a connection with a worker's name among the queue's workers", { skip: !since("5.3") }, async () => {
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
