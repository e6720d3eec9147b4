import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { afterEach, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, type TestWorker } from "../support/worker-harness.ts";

const deadlineMs = 20_000;

const { redis, client } = await useRedis({ arguments: ["--save", "3600", "1", "--busy-reply-threshold", "50"] });
afterEach(async () => {
  for (const { end } of refusals) await end("none");
});

const warning = "could not write the end of a job: Redis refused it; trying again";

function isRefused(worker: TestWorker): boolean {
  return worker.lines.some((line) => line.includes(warning));
}

interface Refusal {
  readonly code: string;
  /** How long the job runs, if the refusal takes longer to start. */
  readonly ms?: number;
  /** What shows that the worker met the refusal. Default: the refusal of the end. */
  readonly isMet?: (worker: TestWorker) => boolean;
  readonly begin: (queue: string) => Promise<unknown>;
  readonly end: (queue: string) => Promise<unknown>;
}

/** Ways in which a Redis that answers refuses to write until something is changed. */
const refusals: readonly Refusal[] = [
  {
    code: "NOREPLICAS",
    begin: () => client.config("SET", "min-replicas-to-write", 1),
    end: () => client.config("SET", "min-replicas-to-write", 0),
  },
  {
    code: "OOM",
    // BullMQ's script begins with a command that frees memory, and Redis lets a script that it has started run to its end.
    isMet: (worker) => worker.statusUpdate?.finished === 1,
    begin: () => client.config("SET", "maxmemory", 1),
    end: () => client.config("SET", "maxmemory", 0),
  },
  {
    code: "MASTERDOWN",
    async begin() {
      await client.config("SET", "replica-serve-stale-data", "no");
      await client.replicaof("127.0.0.1", 1);
    },
    async end() {
      await client.replicaof("NO", "ONE");
      await client.config("SET", "replica-serve-stale-data", "yes");
    },
  },
  {
    code: "READONLY",
    // A master that became a replica: the worker reconnects until it reaches a master.
    isMet: (worker) => worker.lines.some((line) => line.includes("could not reach Redis")),
    begin: () => client.replicaof("127.0.0.1", 1),
    end: () => client.replicaof("NO", "ONE"),
  },
  {
    code: "NOPERM",
    begin: () => client.acl("SETUSER", "default", "-zadd", "-lrem"),
    end: () => client.acl("SETUSER", "default", "+@all"),
  },
  {
    code: "WRONGTYPE",
    begin: (queue) => client.multi().set(`bull:${queue}:completed`, "x").set(`bull:${queue}:failed`, "x").exec(),
    end: (queue) => client.del(`bull:${queue}:completed`, `bull:${queue}:failed`),
  },
  {
    // Must be the last: it removes the server's folder.
    code: "MISCONF",
    ms: 1_000,
    async begin(queue) {
      await client.config("SET", "stop-writes-on-bgsave-error", "yes");
      rmSync(redis.folder, { recursive: true });
      await client.set(`changed-${queue}`, 1);
      await client.bgsave();
      await eventually(deadlineMs, "a failed save", async () => /last_bgsave_status:err/.test(await client.info()));
    },
    end: () => client.config("SET", "stop-writes-on-bgsave-error", "no"),
  },
];

for (const { code, ms = 300, begin, end, isMet = isRefused } of refusals) {
  test(`a job that ends while Redis answers ${code} runs once, and completes when Redis accepts it`, async () => {
    const name = `completes-${code}`;
    await using queue = openQueue(redis, name);
    const { id } = await queue.add("job", { ms, deaf: true });
    await using worker = await startWorker({ redisUrl: redis.url, queues: [name] });
    await worker.until("a start", () => worker.started.length === 1);
    await begin(name);
    try {
      await worker.until("the refusal", isMet);
    } finally {
      await end(name);
    }
    await worker.until("the end", () => worker.statusUpdate?.finished === 1);
    const job = await queue.getJob(id ?? "");
    assert.equal(await job?.getState(), "completed");
    assert.deepEqual([job?.attemptsStarted, job?.attemptsMade, job?.failedReason], [1, 1, undefined]);
    assert.equal(worker.started.length, 1);
    assert.equal(worker.statusUpdate?.failed, 0);
  });
}

test("a failed attempt that Redis refuses keeps its own reason and one stack", async () => {
  await using queue = openQueue(redis, "fails");
  const { id } = await queue.add("job", { ms: 300, deaf: true, fail: "as it should" });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["fails"] });
  await worker.until("a start", () => worker.started.length === 1);
  await client.config("SET", "min-replicas-to-write", 1);
  await worker.until("the refusal", isRefused);
  await client.config("SET", "min-replicas-to-write", 0);
  await worker.until("the end", () => worker.statusUpdate?.failed === 1);
  const job = await queue.getJob(id ?? "");
  assert.deepEqual([job?.attemptsMade, job?.failedReason, job?.stacktrace?.length], [1, "as it should", 1]);
});

test("a job completes and runs once even if the refusal outlasts its lock", async () => {
  await using queue = openQueue(redis, "outlasts");
  const { id } = await queue.add("job", { ms: 300, deaf: true });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["outlasts"] });
  await worker.until("a start", () => worker.started.length === 1);
  await client.del(`bull:outlasts:${id}:lock`);
  await client.config("SET", "min-replicas-to-write", 1);
  await worker.until("the refusal", isRefused);
  await client.config("SET", "min-replicas-to-write", 0);
  await worker.until("the end", () => worker.statusUpdate?.finished === 1);
  const job = await queue.getJob(id ?? "");
  assert.deepEqual([await job?.getState(), job?.attemptsStarted, job?.stalledCounter], ["completed", 1, 0]);
});

test("an end that Redis refuses is dropped when another worker has the job", async () => {
  await using queue = openQueue(redis, "another");
  const { id } = await queue.add("job", { ms: 300, deaf: true });
  await client.acl("SETUSER", "worker", "on", ">password", "~*", "&*", "+@all");
  const redisUrl = redis.url.replace("redis://", "redis://worker:password@");
  await using worker = await startWorker({ redisUrl, queues: ["another"] });
  await worker.until("a start", () => worker.started.length === 1);
  await client.acl("SETUSER", "worker", "-evalsha", "-eval");
  await worker.until("the refusal", isRefused);
  await client.set(`bull:another:${id}:lock`, "another's");
  await client.acl("SETUSER", "worker", "+@all");
  await worker.until("the reason", () => worker.lines.some((line) => line.includes("dropped the end of a job")));
  assert.equal(await client.get(`bull:another:${id}:lock`), "another's");
  assert.deepEqual([worker.statusUpdate?.finished, worker.statusUpdate?.failed], [0, 0]);
});

test("a drain waits for the end of a job that Redis refuses", async () => {
  await using queue = openQueue(redis, "drains");
  const { id } = await queue.add("job", { ms: 300, deaf: true });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["drains"] });
  await worker.until("a start", () => worker.started.length === 1);
  await client.config("SET", "min-replicas-to-write", 1);
  await worker.until("the refusal", isRefused);
  worker.send({ kind: "drain" });
  await worker.untilMode("draining");
  await client.config("SET", "min-replicas-to-write", 0);
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual([worker.exitReport?.finished, worker.exitReport?.lost], [1, []]);
  await eventually(deadlineMs, "the state", async () => (await queue.getJobState(id ?? "")) === "completed");
});

test("a job that ends while Redis is busy with a script runs once and completes afterwards", async () => {
  await using queue = openQueue(redis, "busy");
  const { id } = await queue.add("job", { ms: 500, deaf: true });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["busy"] });
  await worker.until("a start", () => worker.started.length === 1);
  const endless = client.duplicate();
  endless.on("error", () => undefined);
  const running = endless.eval("while true do end", 0).catch((error: unknown) => error);
  await worker.until("the refusal", () => isRefused(worker));
  await client.script("KILL");
  await running;
  endless.disconnect();
  await worker.until("the end", () => worker.statusUpdate?.finished === 1);
  const job = await queue.getJob(id ?? "");
  assert.deepEqual([await job?.getState(), job?.attemptsStarted, job?.failedReason], ["completed", 1, undefined]);
  assert.ok(worker.lines.some((line) => line.includes(warning) && line.includes("BUSY")));
});

test("a lock that expires while the end is refused is set again, and no other worker takes the job", async () => {
  await using queue = openQueue(redis, "expires");
  const { id } = await queue.add("job", { ms: 300, deaf: true });
  const settings = { lockDurationMs: 1_000 };
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["expires"], settings });
  await worker.until("a start", () => worker.started.length === 1);
  await client.config("SET", "min-replicas-to-write", 1);
  await worker.until("the refusal", () => isRefused(worker));
  await eventually(deadlineMs, "the lock's end", async () => (await client.exists(`bull:expires:${id}:lock`)) === 0);
  await client.config("SET", "min-replicas-to-write", 0);
  await worker.until("the end", () => worker.statusUpdate?.finished === 1);
  const job = await queue.getJob(id ?? "");
  assert.deepEqual([await job?.getState(), job?.attemptsStarted, job?.stalledCounter], ["completed", 1, 0]);
});

test("a job's lock is renewed while its end is refused, if Redis accepts that", async () => {
  await using queue = openQueue(redis, "renewed");
  const { id } = await queue.add("job", { ms: 300, deaf: true });
  await client.acl("SETUSER", "renews", "on", ">password", "~*", "&*", "+@all", "-xadd");
  const redisUrl = redis.url.replace("redis://", "redis://renews:password@");
  await using worker = await startWorker({ redisUrl, queues: ["renewed"] });
  await client.acl("SETUSER", "renews", "+@all");
  await worker.until("a start", () => worker.started.length === 1);
  await client.acl("SETUSER", "renews", "-lrem");
  await worker.until("the refusal", () => isRefused(worker));
  // A renewal extends the lock to 30 s from then on.
  await client.pexpire(`bull:renewed:${id}:lock`, 300_000);
  await eventually(deadlineMs, "a renewal", async () => (await client.pttl(`bull:renewed:${id}:lock`)) <= 30_000);
  await client.acl("SETUSER", "renews", "+@all");
  await worker.until("the end", () => worker.statusUpdate?.finished === 1);
  assert.equal(worker.started.length, 1);
});

test("a hand-back that is refused is made when Redis accepts it", async () => {
  await using queue = openQueue(redis, "hands-back");
  const { id } = await queue.add("job", { ms: 60_000 });
  const settings = { stopTimeoutMs: 20_000 };
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["hands-back"], settings });
  await worker.until("a start", () => worker.started.length === 1);
  await client.config("SET", "min-replicas-to-write", 1);
  worker.kill("SIGTERM");
  const line = "could not hand back a job: Redis refused it; trying again";
  await worker.until("the refusal", () => worker.lines.some((one) => one.includes(line)));
  await client.config("SET", "min-replicas-to-write", 0);
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual([worker.exitReport?.handedBack, worker.exitReport?.lost], [[{ queue: "hands-back", id }], []]);
  assert.equal(await queue.getJobState(id ?? ""), "waiting");
});

test("USR1 and stop-job do not stop a job whose end is refused, and its worker goes on", async () => {
  await using queue = openQueue(redis, "stops");
  const { id = "" } = await queue.add("job", { ms: 300, deaf: true });
  const settings = { stopTimeoutMs: 50 };
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["stops"], settings });
  await worker.until("a start", () => worker.started.length === 1);
  await client.config("SET", "min-replicas-to-write", 1);
  await worker.until("the refusal", () => isRefused(worker));
  worker.kill("SIGUSR1");
  await worker.until("the signal", () => worker.lines.some((line) => line.includes("SIGUSR1")));
  worker.send({ kind: "stopJob", queue: "stops", id });
  await worker.until("the answer", () => worker.messages.some(({ kind }) => kind === "jobStopped"));
  await client.config("SET", "min-replicas-to-write", 0);
  await worker.until("the end", () => worker.statusUpdate?.finished === 1);
  const answer = worker.messages.find(({ kind }) => kind === "jobStopped");
  assert.deepEqual(answer, { kind: "jobStopped", queue: "stops", id, byItself: true });
  await queue.add("job", {});
  await worker.until("the next job", () => worker.statusUpdate?.finished === 2);
});

test("a result whose toJSON throws fails the job with that error, whatever the error looks like", async () => {
  await using queue = openQueue(redis, "unwritable");
  const { id } = await queue.add("job", { unwritable: "ERR_OWN" });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["unwritable"] });
  await worker.until("the end", () => worker.statusUpdate?.failed === 1);
  assert.equal((await queue.getJob(id ?? ""))?.failedReason, "no JSON: ERR_OWN");
});

for (const name of ["DelayedError", "WaitingError", "WaitingChildrenError"]) {
  test(`a job whose processor throws ${name} without moving it fails with that reason`, async () => {
    const queueName = `unmoved-${name}`;
    await using queue = openQueue(redis, queueName);
    const { id } = await queue.add("job", { control: name });
    await using worker = await startWorker({ redisUrl: redis.url, queues: [queueName] });
    await worker.until("the end", () => worker.statusUpdate?.failed === 1);
    const job = await queue.getJob(id ?? "");
    assert.equal(await job?.getState(), "failed");
    assert.match(job?.failedReason ?? "", new RegExp(`the processor threw ${name} and did not move the job`));
    assert.equal(worker.started.length, 1);
  });
}

test("a stopped job whose processor falsely says that it has moved it is stopped as requested", async () => {
  await using queue = openQueue(redis, "says-moved");
  const { id } = await queue.add("job", { ms: 60_000, control: "DelayedError" });
  await using worker = await startWorker({ redisUrl: redis.url, queues: ["says-moved"] });
  await worker.until("a start", () => worker.started.length === 1);
  worker.kill("SIGTERM");
  assert.equal(await worker.exitCode(), 0);
  assert.deepEqual(worker.exitReport?.handedBack, [{ queue: "says-moved", id }]);
  assert.equal(await queue.getJobState(id ?? ""), "waiting");
});
