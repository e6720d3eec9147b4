// BullMQ's Worker options and events in a worker process, with each supported major version. test/process/keeper-options.test.ts is
// about the keeper.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import { applicationWith, newestBulls } from "../support/bull-versions.ts";
import { eventually } from "../support/deadline.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, type TestWorker } from "../support/worker-harness.ts";

const waitMs = 20_000;
const { redis, client } = await useRedis();
const fixture = readFileSync(path.join(import.meta.dirname, "../fixtures/apps/worker-options.mjs"), "utf8");

interface Options {
  readonly all?: object;
  readonly queues?: Readonly<Record<string, object>>;
}

const events = (worker: TestWorker, beginning: string) => worker.events.filter((event) => event.startsWith(beginning));

for (const {
  version: { major },
  folder,
} of newestBulls) {
  const application = applicationWith(folder, fixture);
  after(() => application[Symbol.dispose]());

  const start = async (
    queues: readonly string[],
    options: Options,
    more: { concurrency?: number; listens?: true } = {},
  ) => {
    const { concurrency, listens } = more;
    return await startWorker({
      redisUrl: redis.url,
      queues,
      ...(concurrency !== undefined && { concurrency }),
      settings: { appPath: application.path },
      environment: { TEST_OPTIONS: JSON.stringify(options), ...(listens && { TEST_LISTENERS: "1" }) },
    });
  };
  /** The most jobs of this queue that ran at the same time. */
  const most = (worker: TestWorker, queue: string): number => {
    let now = 0;
    let maximum = 0;
    for (const event of worker.events) {
      if (event.startsWith(`start ${queue}:`)) maximum = Math.max(maximum, ++now);
      if (event.startsWith(`end ${queue}:`)) now--;
    }
    return maximum;
  };

  describe(`with BullMQ ${major}`, () => {
    test("each queue runs as many jobs at a time as its own concurrency, and the others share one place", async () => {
      const names = ["mail", "sms", "one", "two"].map((name) => `${name}-${major}`) as [string, string, string, string];
      const [mail, sms, one, two] = names;
      await using queues = new AsyncDisposableStack();
      for (const name of names) {
        const queue = queues.use(openQueue(redis, name));
        await queue.addBulk(Array.from({ length: 6 }, () => ({ name: "job", data: { ms: 100 } })));
      }
      const options = { queues: { [mail]: { concurrency: 3 }, [sms]: { concurrency: 2 } } };
      await using worker = await start(names, options);
      await worker.until("all jobs", () => events(worker, "end ").length === 24, waitMs);
      assert.deepEqual(
        names.map((name) => most(worker, name)),
        [3, 2, 1, 1],
      );
      // The shared place is given to the queues in strict order.
      const shared = worker.started.filter((job) => job.startsWith(one) || job.startsWith(two));
      assert.deepEqual(
        shared.map((job) => job.split(":")[0]),
        [...Array<string>(6).fill(one), ...Array<string>(6).fill(two)],
      );
    });

    test("a job in a queue that has room starts at once while another queue of the worker is full", async () => {
      const [full, free] = [`full-${major}`, `free-${major}`];
      await using queueThatIsFull = openQueue(redis, full);
      await using freeQueue = openQueue(redis, free);
      await using worker = await start([full, free], {
        queues: { [full]: { concurrency: 1 }, [free]: { concurrency: 1 } },
      });
      await queueThatIsFull.add("job", { ms: 1_500 }, { jobId: "long" });
      await worker.until("the long job", () => worker.started.includes(`${full}:long`), waitMs);
      await queueThatIsFull.add("job", {}, { jobId: "next" });
      await freeQueue.add("job", {}, { jobId: "quick" });
      await worker.until("the quick job", () => worker.events.includes(`end ${free}:quick`), waitMs);
      assert.ok(!worker.events.includes(`end ${full}:long`), "it did not wait for the long job");
      await worker.until("the next job", () => worker.events.includes(`end ${full}:next`), waitMs);
      assert.ok(worker.events.indexOf(`end ${full}:long`) < worker.events.indexOf(`start ${full}:next`));
    });

    test("@C is one limit for all queues, whatever concurrency they have", async () => {
      const [mail, sms] = [`limit-mail-${major}`, `limit-sms-${major}`];
      await using stack = new AsyncDisposableStack();
      for (const name of [mail, sms])
        await stack
          .use(openQueue(redis, name))
          .addBulk(Array.from({ length: 4 }, () => ({ name: "job", data: { ms: 50 } })));
      const options = { queues: { [mail]: { concurrency: 4 }, [sms]: { concurrency: 4 } } };
      await using worker = await start([mail, sms], options, { concurrency: 2 });
      await worker.until("all jobs", () => events(worker, "end ").length === 8, waitMs);
      assert.deepEqual([most(worker, mail), most(worker, sms)], [2, 2]);
      assert.deepEqual(
        worker.started.map((job) => job.split(":")[0]),
        [...Array<string>(4).fill(mail), ...Array<string>(4).fill(sms)],
      );
    });

    test("a limiter holds the queue's rate", async () => {
      const name = `limited-${major}`;
      await using queue = openQueue(redis, name);
      await queue.addBulk(Array.from({ length: 9 }, () => ({ name: "job", data: {} })));
      const limiter = { max: 3, duration: 500 };
      const beganMs = performance.now();
      await using worker = await start([name], { queues: { [name]: { limiter, concurrency: 9 } } });
      await worker.until("three jobs", () => worker.started.length >= 3, waitMs);
      await worker.until("all jobs", () => worker.started.length === 9, waitMs);
      assert.ok(performance.now() - beganMs >= 1_000, "three windows begin");
    });

    test("a back-off strategy is called with BullMQ's arguments, and its delay holds", async () => {
      const name = `backs-off-${major}`;
      await using queue = openQueue(redis, name);
      const options = { attempts: 3, backoff: { type: "ours" } };
      const { id } = await queue.add("job", { fail: "no" }, options);
      await using worker = await start([name], { queues: { [name]: { backOffMs: 300 } } });
      await worker.until("the last failure", () => events(worker, `${name} failed ${id} 3`).length === 1, waitMs);
      assert.deepEqual(events(worker, "back-off"), [`back-off 1 ours no ${id}`, `back-off 2 ours no ${id}`]);
      const job = await queue.getJob(id ?? "");
      assert.deepEqual([await job?.getState(), job?.attemptsMade], ["failed", 3]);
    });

    test("removeOnComplete and removeOnFail hold for jobs that have none of their own, and metrics are counted", async () => {
      const name = `removed-${major}`;
      await using queue = openQueue(redis, name);
      await queue.add("job", {}, { jobId: "removed" });
      await queue.add("job", {}, { jobId: "kept", removeOnComplete: false });
      await queue.addBulk(["a", "b", "c"].map((jobId) => ({ name: "job", data: { fail: "no" }, opts: { jobId } })));
      const options = { removeOnComplete: { count: 0 }, removeOnFail: { count: 2 }, metrics: { maxDataPoints: 60 } };
      await using worker = await start([name], { queues: { [name]: options } });
      await worker.until("all ends", () => events(worker, `${name} failed`).length === 3, waitMs);
      assert.deepEqual(await queue.getJobCounts("completed", "failed"), { completed: 1, failed: 2 });
      assert.equal(await queue.getJob("removed"), undefined);
      const [completed, failed] = [await queue.getMetrics("completed"), await queue.getMetrics("failed")];
      assert.deepEqual([completed.meta.count, failed.meta.count], [2, 3]);
    });

    test("telemetry records the spans and the counters of a job", async () => {
      const name = `traced-${major}`;
      await using queue = openQueue(redis, name);
      await queue.add("job", {});
      await using worker = await start([name], { queues: { [name]: { traced: true } } });
      const spans = () => events(worker, "span ");
      await worker.until("the job's span", () => spans().includes(`span process ${name}`), waitMs);
      assert.ok(spans().includes(`span complete ${name}`), spans().join());
      assert.ok(
        worker.events.some((event) => /^count .*completed 1 /.test(event)),
        worker.events.join(),
      );
    });

    test("a lock lasts as long as its queue's lockDuration, and is renewed in time", async () => {
      const name = `locked-${major}`;
      await using queue = openQueue(redis, name);
      await queue.add("job", { ms: 2_000 }, { jobId: "one" });
      await using worker = await start([name], { queues: { [name]: { lockDuration: 1_000 } } });
      await worker.until("the job", () => worker.started.length === 1, waitMs);
      const leftMs = await client.pttl(`bull:${name}:one:lock`);
      assert.ok(leftMs > 0 && leftMs <= 1_000, String(leftMs));
      await worker.until("its end", () => events(worker, `${name} completed one 1`).length === 1, waitMs);
      assert.ok(events(worker, `${name} renewed 1 one`).length >= 1, "BullMQ renewed it");
      assert.equal((await queue.getJob("one"))?.stalledCounter, 0);
    });

    test("a job that was started too often fails, and one that stalled too often too", async () => {
      const name = `counted-${major}`;
      await using queue = openQueue(redis, name);
      await queue.add("job", { fail: "no" }, { jobId: "started", attempts: 5 });
      await queue.add("job", {}, { jobId: "idle" });
      const options = { maxStartedAttempts: 2, maxStalledCount: 0, stalledInterval: 500 };
      // Another worker, which is gone, has taken the second job, and its lock has expired.
      await client.lrem(`bull:${name}:wait`, 0, "idle");
      await client.lpush(`bull:${name}:active`, "idle");
      await client.sadd(`bull:${name}:stalled`, "idle");
      await using worker = await start([name], { queues: { [name]: options } });
      const failed = (id: string) => events(worker, `${name} failed ${id}`);
      // The oldest version notices it only at the next start.
      const starts = major === 5 ? 3 : 2;
      await worker.until(
        "both failures",
        () => failed("started").length === starts && failed("idle").length === 1,
        waitMs,
      );
      const job = await queue.getJob("started");
      assert.deepEqual([await job?.getState(), job?.attemptsStarted], ["failed", starts]);
      assert.deepEqual(events(worker, `${name} stalled`), [`${name} stalled idle active`]);
      assert.match((await queue.getJob("idle"))?.failedReason ?? "", /stalled more than allowable limit/);
    });

    test("every event comes once, with BullMQ's arguments, for all queues and for its queue", async () => {
      const name = `heard-${major}`;
      await using queue = openQueue(redis, name);
      await using worker = await start([name], { queues: { [name]: {} } }, { listens: true });
      await queue.add("job", { progress: { half: true } }, { jobId: "good" });
      await worker.until("it is drained", () => events(worker, `${name} drained`).length === 1, waitMs);
      await queue.add("job", { fail: "no" }, { jobId: "bad", attempts: 2 });
      await worker.until("both failures", () => events(worker, `${name} failed`).length === 2, waitMs);
      worker.send({ kind: "suspend" });
      await worker.untilMode("suspended");
      worker.send({ kind: "resume" });
      await worker.untilMode("taking");
      worker.send({ kind: "drain" });
      assert.equal(await worker.exitCode(), 0);
      const heard = (who: string) =>
        events(worker, `${who} `)
          .map((event) => event.slice(who.length + 1))
          .filter((event) => !event.startsWith("drained"));
      assert.deepEqual(heard(name), [
        "ready",
        "active good waiting",
        'progress good {"half":true}',
        "completed good 1 result - true object active",
        "active bad waiting",
        "failed bad 1 none no false no active",
        "active bad waiting",
        "failed bad 2 none no true no active",
        "paused",
        "resumed",
        "closing closing queue",
        "closed",
      ]);
      assert.deepEqual(heard("all"), heard(name));
      assert.equal(worker.events.at(-1), "teardown");
    });

    test("an end that another process has written comes as an event too, with what it wrote", async () => {
      const name = `elsewhere-${major}`;
      await using queue = openQueue(redis, name);
      await using worker = await start([name], { queues: { [name]: {} } });
      const { id = "" } = await queue.add("job", {}, { delay: 600_000 });
      await worker.untilReady();
      const failure = { name: "UnrecoverableError", message: "3 workers died with it" };
      worker.send({ kind: "ended", number: 1, report: { queue: name, id, failure, attemptsMade: 1, finishedOn: 5 } });
      const event = `${name} failed ${id} 1 none 3 workers died with it true 3 workers died with it active`;
      await worker.until("the event", () => worker.events.includes(event), waitMs);
      assert.equal(events(worker, `${name} failed`).length, 1);
      assert.ok(worker.messages.some((message) => message.kind === "endHeard" && message.number === 1));
    });

    test("the keeper's question for a retry delay is answered with what the strategy returns", async () => {
      const name = `asked-${major}`;
      await using queue = openQueue(redis, name);
      const { id = "" } = await queue.add("job", {}, { delay: 600_000, backoff: { type: "ours" } });
      await using worker = await start([name], { queues: { [name]: { backOffMs: 1_234 } } });
      await worker.untilReady();
      const failure = { name: "JobTimeoutError", message: "too long" };
      worker.send({ kind: "computeRetryDelay", number: 3, queue: name, id, attemptsMade: 2, failure });
      const answer = await eventually(waitMs, "the answer", () =>
        worker.messages.find(({ kind }) => kind === "retryDelay"),
      );
      assert.deepEqual(answer, { kind: "retryDelay", number: 3, delayMs: 1_234 });
      assert.deepEqual(events(worker, "back-off"), [`back-off 2 ours too long ${id}`]);
    });

    test("processedBy begins with the queue's name option, and ends in what the next forker reads", async () => {
      const name = `named-${major}`;
      await using queue = openQueue(redis, name);
      const { id = "" } = await queue.add("job", {});
      await using worker = await start([name], { queues: { [name]: { name: "mailer" } } });
      await worker.until("its end", () => events(worker, "end ").length === 1, waitMs);
      assert.match((await queue.getJob(id))?.processedBy ?? "", /^mailer:.+:\d+:slot0/);
    });
  });
}
