import assert from "node:assert/strict";
import { test } from "node:test";
import { type Queue, Worker } from "bullmq";
import { announceInstance, instanceSocket, ownNetwork } from "../../src/admin/instance-socket.ts";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import type { Keeper } from "../../src/keeper/keeper.ts";
import { type InstanceId, newInstanceId, newLockOwner } from "../../src/protocol/instance-id.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import { eventually } from "../support/deadline.ts";
import { startKeeper } from "../support/keeper.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 30_000;
/** The lifetime of a lease key. Its age is this minus its remaining time to live. */
const dayMs = 86_400_000;

const { redis, client } = await useRedis();

/** The keeper of a forker that has just started on `host` and takes from the queue. */
class Successor implements Disposable {
  readonly said: KeeperMessage[] = [];
  readonly instanceId: InstanceId;
  readonly keeper: Keeper;

  static async on(queue: string): Promise<Successor> {
    const successor = new Successor(await bundledBull());
    successor.takesFrom(queue);
    return successor;
  }

  constructor(bull: Awaited<ReturnType<typeof bundledBull>>, instanceId = newInstanceId("host")) {
    this.instanceId = instanceId;
    this.keeper = startKeeper(bull, redis.url, (message) => this.said.push(message), { instanceId });
  }

  takesFrom(queue: string): void {
    this.keeper.receive({ kind: "guard", worker: 1, lockOwner: newLockOwner(this.instanceId), queues: [queue] });
  }

  /** The number of jobs in quarantine in each report, in order. */
  get quarantined(): readonly number[] {
    return this.said.flatMap((one) => (one.kind === "quarantined" ? [one.count] : []));
  }

  get handedBack(): string[] {
    return this.said.flatMap((one) => (one.kind === "recovered" ? one.handedBack.map(({ id }) => id) : []));
  }

  [Symbol.dispose](): void {
    this.keeper.close();
  }
}

/** A worker of some instance takes a job and then disappears. */
async function taken(queue: Queue, instanceId: InstanceId, workerName = "elsewhere:7:slot0"): Promise<string> {
  const worker = new Worker(queue.name, null, { connection: { port: redis.port }, name: workerName });
  const { id = "" } = await queue.add("job", {});
  const job = await worker.getNextJob(`${newLockOwner(instanceId)}:1`, { block: false });
  assert.equal(job?.id, id);
  await worker.close();
  return id;
}

async function lease(
  instanceId: InstanceId,
  ageMs: number,
  status = "running",
  network: string | undefined = "elsewhere/1",
  socket = "",
): Promise<void> {
  await client.set(`bull:forker:${instanceId}`, `${status} ${network} ${socket}`.trim(), "PX", dayMs - ageMs);
}

/** Announces the instance with a socket until it is disposed of. */
async function displayed(instanceId = newInstanceId("host")) {
  const server = await announceInstance(instanceId);
  const close = async () => await new Promise<void>((resolve) => server.close(() => resolve()));
  return { instanceId, socket: instanceSocket(instanceId), [Symbol.asyncDispose]: close };
}

async function states(queue: Queue, ids: readonly string[]): Promise<string[]> {
  return await Promise.all(ids.map((id) => queue.getJobState(id)));
}

async function waits(queue: Queue, id: string): Promise<void> {
  await eventually(waitMs, `${id} to wait`, async () => (await queue.getJobState(id)) === "waiting");
}

test("a killed forker's jobs go to the next one on its host, and none of a live forker's or of another host's do", async () => {
  await using queue = openQueue(redis, "lives");
  const instances = {
    killed: newInstanceId("host"),
    killedBesideUs: newInstanceId("host"),
    unheardOf: newInstanceId("host"),
    elsewhereAlive: newInstanceId("host"),
    cutFromRedis: newInstanceId("host"),
    onAnotherHost: newInstanceId("other"),
  };
  await lease(instances.killed, 5_000);
  // For these two the kernel decides, whatever their leases say.
  await lease(instances.killedBesideUs, -600_000, "running", ownNetwork());
  await lease(instances.cutFromRedis, 60_000, "running", ownNetwork());
  const shown = await announceInstance(instances.cutFromRedis);
  // The test renews it for as long as it runs.
  await lease(instances.elsewhereAlive, -600_000);
  const ids: string[] = [];
  for (const instanceId of Object.values(instances)) ids.push(await taken(queue, instanceId));
  const [killed = "", killedBesideUs = "", unheardOf = ""] = ids;
  using successor = await Successor.on("lives");
  await waits(queue, killed);
  await waits(queue, killedBesideUs);
  assert.deepEqual(await states(queue, [unheardOf]), ["active"], "it may get a lease yet");
  // The keeper found the others in the same search, and has judged them by then.
  await waits(queue, unheardOf);
  assert.deepEqual(await states(queue, ids), ["waiting", "waiting", "waiting", "active", "active", "active"]);
  await eventually(waitMs, "init to be notified", () => successor.handedBack.length === 3);
  assert.deepEqual(successor.handedBack.toSorted(), ids.slice(0, 3).toSorted());
  const job = await queue.getJob(killed);
  assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [0, 0]);
  assert.equal(await client.hget(`bull:lives:${killed}`, "forkerDeaths"), "1");
  shown.close();
});

test("a process that binds a dead forker's socket name keeps no job back: the lease says which socket it was", async () => {
  await using queue = openQueue(redis, "bound");
  await using alive = await displayed();
  const dead = await displayed();
  // Both leases have expired, so only the kernel distinguishes them.
  for (const { instanceId, socket } of [dead, alive]) await lease(instanceId, 60_000, "running", ownNetwork(), socket);
  const ids = [await taken(queue, dead.instanceId), await taken(queue, alive.instanceId)];
  await dead[Symbol.asyncDispose]();
  await using _impostor = await displayed(dead.instanceId);
  using successor = await Successor.on("bound");
  await eventually(waitMs, "init to be notified", () => successor.handedBack.length > 0);
  assert.deepEqual(successor.handedBack, [ids[0]]);
  assert.deepEqual(await states(queue, ids), ["waiting", "active"]);
});

test("a lease names the network in which its instance is announced, and none where it is not announced", async () => {
  const bull = await bundledBull();
  const [announcedId, hidden] = [newInstanceId("host"), newInstanceId("host")];
  const shown = await announceInstance(announcedId);
  using _one = new Successor(bull, announcedId);
  using _other = new Successor(bull, hidden);
  const leaseOf = (instanceId: InstanceId) =>
    eventually(waitMs, "a lease", async () => (await client.get(`bull:forker:${instanceId}`)) ?? undefined);
  assert.equal(await leaseOf(announcedId), `running ${ownNetwork()} ${instanceSocket(announcedId)}`);
  assert.equal(await leaseOf(hidden), "running unknown");
  shown.close();
});

test("the death of a forker that had been ordered to exit does not count against any job", async () => {
  await using queue = openQueue(redis, "leaving");
  const instanceId = newInstanceId("host");
  await lease(instanceId, 5_000, "leaving");
  const ids = [await taken(queue, instanceId), await taken(queue, instanceId, `host:31:slot0:${instanceId}`)];
  // The lock of the second has expired.
  await client.del(`bull:leaving:${ids[1]}:lock`);
  using _successor = await Successor.on("leaving");
  for (const id of ids) {
    await waits(queue, id);
    assert.equal(await client.hget(`bull:leaving:${id}`, "forkerDeaths"), null);
  }
});

test("a quarantined job counts no further death when the next forker comes after its lock has expired", async () => {
  await using queue = openQueue(redis, "late");
  const instanceId = newInstanceId("host");
  const id = await taken(queue, instanceId, `host:31:slot0:${instanceId}`);
  await client.hset(`bull:late:${id}`, { forkerDeaths: 2, forkerLastDeath: "1", forkerDeathsAt: "0" });
  await client.del(`bull:late:${id}:lock`);
  using _successor = await Successor.on("late");
  await waits(queue, id);
  assert.equal(await client.hget(`bull:late:${id}`, "forkerDeaths"), "2");
});

test("a job that cannot be read holds up no other", async () => {
  await using queue = openQueue(redis, "unreadable");
  const instanceId = newInstanceId("host");
  await lease(instanceId, 5_000);
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) ids.push(await taken(queue, instanceId));
  await client.hset(`bull:unreadable:${ids[1]}`, "data", '{"x": NaN}');
  using successor = await Successor.on("unreadable");
  await eventually(waitMs, "init to be notified", () => successor.handedBack.length === 3);
  assert.deepEqual(await client.lrange("bull:unreadable:active", 0, -1), []);
});

test("orphaned jobs are handed back even if their lock has expired, and none of a live instance, the keeper's own, or an unknown one", async () => {
  await using queue = openQueue(redis, "locks");
  const killed = newInstanceId("host");
  const alive = newInstanceId("host");
  await lease(killed, 5_000);
  await lease(alive, -600_000);
  using successor = new Successor(await bundledBull());
  const names = [
    `host:31:slot0:${killed}`,
    `host:31:slot0:${alive}`,
    `host:31:slot0:${successor.instanceId}`,
    `host:31:slot0:${newInstanceId("other")}`,
    "host:31:slot0",
    "host:main",
  ];
  const ids: string[] = [];
  for (const name of names) ids.push(await taken(queue, killed, name));
  await client.del(...ids.map((id) => `bull:locks:${id}:lock`));
  successor.takesFrom("locks");
  await eventually(waitMs, "init to be notified", () => successor.handedBack.length === 1);
  assert.deepEqual(await states(queue, ids), ["waiting", "active", "active", "active", "active", "active"]);
  assert.equal(await client.hget(`bull:locks:${ids[0]}`, "forkerDeaths"), "1");
});

test("a keeper that replaces another of the same instance releases the quarantine and waits for running suspects; no other does", async () => {
  await using queue = openQueue(redis, "quarantine");
  const killed = newInstanceId("host");
  await lease(killed, 5_000);
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) {
    const id = await taken(queue, killed);
    await client.hset(`bull:quarantine:${id}`, { forkerDeaths: 1, forkerDeathsAt: "0" });
    ids.push(id);
  }
  const [first = "", second = "", third = ""] = ids;
  const bull = await bundledBull();
  const instanceId = newInstanceId("host");
  const shown = await announceInstance(instanceId);
  {
    using earlier = new Successor(bull, instanceId);
    earlier.takesFrom("quarantine");
    await waits(queue, first);
  }
  using beside = new Successor(bull);
  beside.takesFrom("quarantine");
  using replacement = new Successor(bull, instanceId);
  replacement.takesFrom("quarantine");
  await eventually(waitMs, "it to take over what is in quarantine", () => replacement.quarantined.at(-1) === 2);
  assert.deepEqual(await states(queue, ids), ["waiting", "active", "active"]);
  await finish(queue, first);
  await waits(queue, second);
  assert.deepEqual(await states(queue, ids), ["completed", "waiting", "active"]);
  assert.deepEqual(beside.handedBack, []);
  assert.equal(await client.hget(`bull:quarantine:${third}`, "forkerDeaths"), "2");
  shown.close();
});

test("jobs with two deaths are released one at a time and fail at the third, and a leaving keeper keeps none", async () => {
  await using queue = openQueue(redis, "deaths");
  const instanceId = newInstanceId("host");
  await lease(instanceId, 5_000);
  const ids: string[] = [];
  for (const deaths of [0, 1, 1, 1, 2]) {
    const id = await taken(queue, instanceId);
    if (deaths > 0) await client.hset(`bull:deaths:${id}`, { forkerDeaths: deaths, forkerDeathsAt: "0" });
    ids.push(id);
  }
  const [, second = "", third = "", , last = ""] = ids;
  using successor = await Successor.on("deaths");
  await waits(queue, second);
  assert.deepEqual(await states(queue, ids), ["waiting", "waiting", "active", "active", "failed"]);
  assert.equal(
    (await queue.getJob(last))?.failedReason,
    "forker was killed with all its workers; 3 workers died with this job",
  );
  await finish(queue, second);
  await waits(queue, third);
  assert.deepEqual(await states(queue, ids), ["waiting", "completed", "waiting", "active", "failed"]);
  successor.keeper.receive({ kind: "leaving", queues: ["deaths"] });
  await waits(queue, ids[3] ?? "");
  await eventually(
    waitMs,
    "init to be notified that the quarantine is empty",
    () => successor.quarantined.at(-1) === 0,
  );
});

/** Takes and completes jobs until this one is done; puts the others back unchanged. */
async function finish(queue: Queue, id: string): Promise<void> {
  const worker = new Worker(queue.name, null, { connection: { port: redis.port } });
  const token = newLockOwner(undefined);
  const others = [];
  for (;;) {
    const job = await worker.getNextJob(token, { block: false });
    assert.ok(job, "the queue no longer has it");
    if (job.id === id) {
      await job.moveToCompleted(null, token, false);
      break;
    }
    others.push(job);
  }
  for (const job of others) await job.moveToWait(token);
  await worker.close();
}
