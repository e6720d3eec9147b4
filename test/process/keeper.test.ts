import assert from "node:assert/strict";
import { test } from "node:test";
import { QueueKeys, Worker } from "bullmq";
import { HeldLocks } from "../../src/bull/keys/held-locks.ts";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import { eventually } from "../support/deadline.ts";
import { deathOrder, startKeeper } from "../support/keeper.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const littleMs = 100_000;

const { redis, client } = await useRedis();

test("a keeper renews locks as soon as it knows their owner: its predecessor may have died long ago", async () => {
  await using queue = openQueue(redis, "jobs");
  const worker = new Worker("jobs", null, { connection: { port: redis.port } });
  const keeper = startKeeper(await bundledBull(), redis.url, () => undefined);
  try {
    const { id = "" } = await queue.add("job", {});
    assert.ok(await worker.getNextJob("owner:1", { block: false }));
    await client.pexpire(`bull:jobs:${id}:lock`, littleMs);
    keeper.receive({ kind: "guard", worker: 1, lockOwner: "owner", queues: ["jobs"] });
    await eventually(20_000, "the lock to be renewed", async () => {
      return (await client.pttl(`bull:jobs:${id}:lock`)) > littleMs;
    });
  } finally {
    keeper.close();
    await worker.close();
  }
});

test("a keeper also hands back what a dead worker's last command brought after the keeper's first look", async () => {
  await using queue = openQueue(redis, "late");
  const worker = new Worker("late", null, { connection: { port: redis.port } });
  const said: KeeperMessage[] = [];
  const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message));
  try {
    keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["late"] });
    await eventually(20_000, "the first answer", () => said.length === 1);
    const { id = "" } = await queue.add("job", {});
    assert.equal((await worker.getNextJob("dead:1", { block: false }))?.id, id);
    await eventually(20_000, "the job to wait again", async () => (await queue.getJobState(id)) === "waiting");
    await eventually(20_000, "init to be notified", () => said.length === 2);
    assert.partialDeepStrictEqual(said[1], { kind: "handedBack", handedBack: [{ queue: "late", id }] });
    assert.equal(await client.hget(`bull:late:${id}`, "forkerDeaths"), null, "it was taken after the death");
  } finally {
    keeper.close();
    await worker.close();
  }
});

test("a keeper hands back a dead worker's known jobs even if a lock has expired, and none that another worker may have", async () => {
  await using queue = openQueue(redis, "over");
  const worker = new Worker("over", null, { connection: { port: redis.port } });
  const said: KeeperMessage[] = [];
  const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message));
  try {
    const ids = [];
    for (const token of ["dead:1", "dead:2", "other:1", "dead:3"]) {
      await queue.add("job", {});
      ids.push((await worker.getNextJob(token, { block: false }))?.id ?? "");
    }
    const [known = "", unknown = "", another = "", locked = ""] = ids;
    await client.del(`bull:over:${known}:lock`, `bull:over:${unknown}:lock`);
    const holding = [known, another].map((id) => ({ queue: "over", id }));
    keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["over"], holding });
    await eventually(20_000, "the answer", () => said.length === 1);
    const states = await Promise.all([known, unknown, another, locked].map((id) => queue.getJobState(id)));
    assert.deepEqual(states, ["waiting", "active", "active", "waiting"]);
  } finally {
    keeper.close();
    await worker.close();
  }
});

test("a keeper counts a death for what a dead worker had started, or may have, and not for a job that waited for its start", async () => {
  await using queue = openQueue(redis, "unstarted");
  const worker = new Worker("unstarted", null, { connection: { port: redis.port } });
  const said: KeeperMessage[] = [];
  const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message));
  try {
    const ids = [];
    for (const token of ["dead:1", "dead:2", "dead:3"]) {
      await queue.add("job", {});
      ids.push((await worker.getNextJob(token, { block: false }))?.id ?? "");
    }
    const [waited = "", started = ""] = ids;
    const holding = [
      { queue: "unstarted", id: waited, starts: 1, hasStarted: false },
      { queue: "unstarted", id: started, starts: 1, hasStarted: true },
    ];
    keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["unstarted"], holding });
    await eventually(20_000, "the answer", () => said.length === 1);
    const deaths = await Promise.all(ids.map((id) => client.hget(`bull:unstarted:${id}`, "forkerDeaths")));
    assert.equal(deaths[0], null);
    assert.ok(
      deaths.slice(1).every((one) => one !== null),
      JSON.stringify(deaths),
    );
  } finally {
    keeper.close();
    await worker.close();
  }
});

test("a keeper leaves a known job with an expired lock alone if a worker has started it since", async () => {
  await using queue = openQueue(redis, "started-since");
  const worker = new Worker("started-since", null, { connection: { port: redis.port } });
  const said: KeeperMessage[] = [];
  const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message));
  try {
    const ids = [];
    for (const token of ["dead:1", "other:1"]) {
      await queue.add("job", {});
      ids.push((await worker.getNextJob(token, { block: false }))?.id ?? "");
    }
    const [own = "", others = ""] = ids;
    await client.del(`bull:started-since:${own}:lock`, `bull:started-since:${others}:lock`);
    // Another worker has taken the job since the first one died: this is its second start, and its lock has expired as well.
    await client.hset(`bull:started-since:${others}`, "ats", 2);
    const holding = [own, others].map((id) => ({ queue: "started-since", id, starts: 1 }));
    keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["started-since"], holding });
    await eventually(20_000, "the answer", () => said.some(({ kind }) => kind === "handedBack"));
    assert.deepEqual(await Promise.all(ids.map((id) => queue.getJobState(id))), ["waiting", "active"]);
  } finally {
    keeper.close();
    await worker.close();
  }
});

test("a keeper also hands back a known job that a script of BullMQ's has left in no list", async () => {
  await using queue = openQueue(redis, "unlisted");
  const worker = new Worker("unlisted", null, { connection: { port: redis.port } });
  const said: KeeperMessage[] = [];
  const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message));
  try {
    const { id = "" } = await queue.add("job", {});
    const job = await worker.getNextJob("dead:1", { block: false });
    await client.acl("SETUSER", "default", "-rpush", "-lpush");
    await assert.rejects(async () => await job?.moveToWait("dead:1"), /can't run this command/);
    await client.acl("SETUSER", "default", "+@all");
    assert.equal(await queue.getJobState(id), "unknown");
    keeper.receive({
      ...deathOrder,
      lockOwner: "dead",
      queues: ["unlisted"],
      holding: [{ queue: "unlisted", id, starts: 1 }],
    });
    await eventually(20_000, "the answer", () => said.some(({ kind }) => kind === "handedBack"));
    assert.equal(await queue.getJobState(id), "waiting");
  } finally {
    await client.acl("SETUSER", "default", "+@all");
    keeper.close();
    await worker.close();
  }
});

test("a keeper hands back a job that cannot be read with the others of its worker", async () => {
  await using queue = openQueue(redis, "unreadable");
  const worker = new Worker("unreadable", null, { connection: { port: redis.port } });
  const said: KeeperMessage[] = [];
  const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message));
  try {
    for (const token of ["dead:1", "dead:2", "dead:3"]) {
      await queue.add("job", {});
      await worker.getNextJob(token, { block: false });
    }
    await client.hset("bull:unreadable:2", "data", '{"x": NaN}');
    keeper.receive({ ...deathOrder, lockOwner: "dead", queues: ["unreadable"] });
    await eventually(20_000, "the answer", () => said.length === 1);
    const handedBack = ["3", "2", "1"].map((id) => ({ queue: "unreadable", id }));
    assert.deepEqual(said, [
      { kind: "handedBack", worker: 1, handedBack, failed: [], wroteCompleted: [], wroteFailed: [] },
    ]);
  } finally {
    keeper.close();
    await worker.close();
  }
});

test("a death counts once for each start of a job, however often it is reported, and again in another attempt", async () => {
  await using queue = openQueue(redis, "deaths");
  const worker = new Worker("deaths", null, { connection: { port: redis.port } });
  const locks = new HeldLocks(client);
  const { id = "" } = await queue.add("job", {});
  const keys = new QueueKeys("bull").getKeys("deaths") as unknown as Parameters<HeldLocks["countDeath"]>[0];
  const counts = [];
  const alone = [];
  for (const token of ["a:1", "a:2", "b:1"]) {
    const job = await worker.getNextJob(token, { block: false });
    alone.push(await client.hget(`bull:deaths:${id}`, "forkerAlone"));
    counts.push(await locks.countDeath(keys, id, 2), await locks.countDeath(keys, id, 2));
    await job?.moveToWait(token);
  }
  assert.deepEqual(counts, [1, 1, 2, 2, 3, 3]);
  assert.deepEqual(alone, [null, null, "1"]);
  // An attempt that ends, and a manual retry of the job.
  const last = await worker.getNextJob("c:1", { block: false });
  await last?.moveToFailed(new Error("like any other job"), "c:1");
  await (await queue.getJob(id))?.retry();
  assert.ok(await worker.getNextJob("d:1", { block: false }));
  assert.equal(await locks.countDeath(keys, id, 2), 1);
  assert.equal(await client.hget(`bull:deaths:${id}`, "forkerAlone"), null);
  await worker.close();
});
