// Workers on demand where Redis is not one server with all rights: on a Cluster, and with a user of few.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import hashSlotOfKey from "cluster-key-slot";
import { Redis } from "ioredis";
import type { Status } from "../../src/protocol/status.ts";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { startRedis } from "../support/redis.ts";
import { TestCluster } from "../support/redis-cluster.ts";
import { documentedRules } from "../support/redis-rules.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 60_000;
const workers = ({ ranges }: Status) => ranges.map((range) => range.workers).join();

test("on a Cluster, ranges grow for queues in different hash slots, and shrink again", async () => {
  await using cluster = await TestCluster.start();
  const names = ["{one}", "{two}"] as const;
  assert.notEqual(cluster.masterOf(names[0]), cluster.masterOf(names[1]), names.map(hashSlotOfKey).join());
  await using forker = await Forker.start({
    workload: `${names[0]} x0..2; ${names[1]} x1..3`,
    env: { REDIS_URL: cluster.url, FORKER_REMOVE_AFTER: "1" },
  });
  await forker.until("a keeper", ({ ready, keeper }) => ready && keeper?.state === "ready");
  await using one = openQueue(cluster.client, names[0]);
  await using two = openQueue(cluster.client, names[1]);
  for (const queue of [one, two])
    for (let job = 0; job < 4; job++) await queue.add("held", {}, { jobId: `held-${job}` });
  await forker.until("all workers", (status) => workers(status) === "2,3");
  for (let job = 0; job < 4; job++) await forker.release(`held-${job}`);
  for (const queue of [one, two])
    await eventually(waitMs, `the jobs of ${queue.name}`, async () => (await queue.getCompletedCount()) === 4);
  await forker.until("the fewest workers", (status) => workers(status) === "0,1");
  assert.equal(await forker.drained(), 0);
});

describe("a range, with a Redis user of the rules in docs/REDIS.md", () => {
  for (const { what, more } of [
    { what: "and XREAD, grows at an event", more: ["+xread"] },
    { what: "grows without XREAD, too, with one warning", more: [] },
  ])
    test(what, async () => {
      await using redis = await startRedis();
      const admin = new Redis(redis.port);
      await using stack = new AsyncDisposableStack();
      stack.defer(() => admin.disconnect());
      await admin.acl("SETUSER", ...documentedRules("secret"), ...more);
      await using forker = await Forker.start({
        workload: "jobs x0..3",
        env: { REDIS_URL: `redis://forker:secret@127.0.0.1:${redis.port}`, FORKER_REMOVE_AFTER: "1" },
      });
      await forker.until("a keeper", ({ ready, keeper }) => ready && keeper?.state === "ready");
      await admin.acl("LOG", "RESET");
      await using queue = openQueue(redis, "jobs");
      for (let job = 0; job < 4; job++) await queue.add("held", {}, { jobId: `held-${job}` });
      await forker.until("all workers", (status) => workers(status) === "3");
      for (let job = 0; job < 4; job++) await forker.release(`held-${job}`);
      await forker.until("no worker", (status) => workers(status) === "0");
      const refused = ((await admin.acl("LOG")) as readonly string[][]).map((entry) => entry.join(" "));
      const warnings = forker.log.filter(({ level }) => Number(level) >= 40).map(({ msg }) => msg);
      if (more.length > 0) return assert.deepEqual([refused, warnings], [[], []]);
      assert.deepEqual(warnings, ["could not wait for events of queues; counting due jobs every 250 ms"]);
    });
});
