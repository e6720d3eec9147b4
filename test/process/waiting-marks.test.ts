// A mark in Redis says that a job waits for a runner, so that the process that finds it orphaned counts no death.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CommandClient, persistentClient } from "../../src/bull/connection/new-client.ts";
import { redisTarget } from "../../src/bull/connection/redis-target.ts";
import { HeldLocks } from "../../src/bull/keys/held-locks.ts";
import { lockKey } from "../../src/bull/library/key-layout.ts";
import { loadBull } from "../../src/bull/library/load-bull.ts";
import { LaneFactory } from "../../src/bull/worker/lane.ts";
import { applicationWith, newestBulls, supportedBulls } from "../support/bull-versions.ts";
import { forAllTests } from "../support/for-all-tests.ts";
import { TestCluster } from "../support/redis-cluster.ts";
import { documentedRules } from "../support/redis-rules.ts";
import { useRedis } from "../support/use-redis.ts";

const { redis, client: admin } = await useRedis();
const cluster = await forAllTests(TestCluster.start());
const idle = {
  perform: () => Promise.resolve(),
  completed: () => undefined,
  failed: () => undefined,
  error: () => undefined,
  locksLost: () => undefined,
};

/** A queue of this BullMQ at a server, the locks of its workers, and how a worker of `client` takes its next job. */
async function scene(bullFolder: string, url: string, name: string) {
  const application = applicationWith(bullFolder);
  const bull = await loadBull(application.path);
  const client: CommandClient = persistentClient(bull, redisTarget(url));
  const common = { prefix: "bull", workerName: "host:1:slot0:abc-def", lockDurationMs: 30_000, longestLimitMs: 1_000 };
  const lane = new LaneFactory(bull, client, common).lane(name, idle);
  const queue = new bull.api.Queue(name, { connection: client });
  const locks = new HeldLocks(client);
  const fieldsOf = async (id: string) =>
    Object.keys(await client.hgetall(`${lane.keys[""]}${id}`)).filter((field) => field.startsWith("forker"));
  return {
    client,
    queue,
    lane,
    locks,
    fieldsOf,
    taken: async (token: string) => (await lane.fetch(token))?.id ?? "",
    startedAt: async (id: string) => Number(await client.hget(`${lane.keys[""]}${id}`, "processedOn")),
    deaths: async (id: string, hasBegun?: "unknown") => await locks.countDeath(lane.keys, id, 9, hasBegun),
    async [Symbol.asyncDispose]() {
      await queue.close();
      await lane.close();
      client.disconnect();
      application[Symbol.dispose]();
    },
  };
}

async function checkMarks(one: Awaited<ReturnType<typeof scene>>) {
  const { queue, locks, lane, taken, startedAt, deaths, fieldsOf } = one;
  await queue.add("job", {}, { jobId: "one" });
  const id = await taken("a:1");
  await locks.markWaiting(lane.keys, { id, token: "a:1" });
  assert.equal(await deaths(id, "unknown"), 0, "it waits");
  assert.deepEqual(await fieldsOf(id), ["forkerWaits"]);
  assert.equal(await deaths(id), 1, "the caller knows that it has begun");
  const job = await lane.find(id, "toHandBack");
  await job?.moveToWait("a:1");
  assert.equal(await taken("b:1"), id);
  assert.equal(await deaths(id, "unknown"), 2, "the mark is of an earlier start");
  await locks.markWaiting(lane.keys, { id, token: "b:1" });
  await locks.unmarkWaiting(lane.keys, id, (await startedAt(id)) - 1);
  assert.equal(await deaths(id, "unknown"), 2, "the mark of an earlier start was removed late");
  await locks.unmarkWaiting(lane.keys, id, await startedAt(id));
  assert.equal((await fieldsOf(id)).includes("forkerWaits"), false);
}

for (const { version, folder } of supportedBulls)
  test(`a marked job counts no death, and one that has begun or was taken again does: BullMQ ${version.text}`, async () => {
    await using one = await scene(folder, redis.url, `marks-${version.text}`);
    await checkMarks(one);
  });

for (const { version, folder } of newestBulls) {
  test(`the same on a Cluster: BullMQ ${version.text}`, async () => {
    await using one = await scene(folder, cluster.url, `{marks-${version.text}}`);
    await checkMarks(one);
  });

  test(`the same for a user with the rules of docs/REDIS.md: BullMQ ${version.text}`, async () => {
    await admin.acl("SETUSER", ...documentedRules("secret"));
    await admin.acl("LOG", "RESET");
    await using one = await scene(folder, redis.url.replace("//", "//forker:secret@"), `user-${version.text}`);
    await checkMarks(one);
    assert.deepEqual(await admin.acl("LOG"), []);
  });
}

describe("a mark that comes late", () => {
  const [newest] = newestBulls.slice(-1);
  assert.ok(newest);

  test("leaves a job alone that another worker has taken, and no key of a job that was deleted", async () => {
    await using one = await scene(newest.folder, redis.url, "late");
    const { queue, locks, lane, client, taken, fieldsOf } = one;
    await queue.add("job", {}, { jobId: "theirs" });
    const id = await taken("b:1");
    await locks.markWaiting(lane.keys, { id, token: "a:1" });
    assert.deepEqual(await fieldsOf(id), []);
    await client.del(`${lane.keys[""]}${id}`);
    await locks.markWaiting(lane.keys, { id, token: "b:1" });
    await locks.unmarkWaiting(lane.keys, id, 1);
    assert.deepEqual(await client.keys(`${lane.keys[""]}${id}*`), [lockKey(lane.keys, id)]);
  });
});
