import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FlowProducer, Worker } from "bullmq";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import { eventually } from "../support/deadline.ts";
import { startKeeper } from "../support/keeper.ts";
import { Proxy } from "../support/proxy.ts";
import { startRedis } from "../support/redis.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 30_000;
const { redis, client } = await useRedis();

function counts(messages: readonly KeeperMessage[]) {
  return messages.filter((message) => message.kind === "jobCounts");
}

describe("the keeper counts the jobs of the queues that init names", () => {
  test("by state, as BullMQ counts them", async () => {
    await using queue = openQueue(redis, "jobs");
    const worker = new Worker("jobs", null, { connection: { port: redis.port } });
    const flow = new FlowProducer({ connection: { port: redis.port } });
    const messages: KeeperMessage[] = [];
    const keeper = startKeeper(await bundledBull(), redis.url, (message) => messages.push(message));
    try {
      const take = async () => (await worker.getNextJob("token", { block: false })) ?? assert.fail("no job");
      for (const name of ["completes", "fails", "active", "waits", "waits too"]) await queue.add(name, {});
      await (await take()).moveToCompleted("done", "token", false);
      await (await take()).moveToFailed(new Error("no"), "token", false);
      await take();
      await queue.add("prioritized", {}, { priority: 3 });
      await queue.add("delayed", {}, { delay: 600_000 });
      await flow.add({ name: "parent", queueName: "jobs", children: [{ name: "child", queueName: "other" }] });
      keeper.receive({ kind: "countJobs", queues: ["jobs", "none"] });
      await eventually(waitMs, "a count", () => {
        if (counts(messages).length === 0) keeper.receive({ kind: "countJobs", queues: ["jobs", "none"] });
        return counts(messages).length > 0;
      });
      const { waiting, prioritized, delayed, active, completed, failed, ...others } = await queue.getJobCounts();
      assert.deepEqual([waiting, prioritized, delayed, active, completed, failed], [2, 1, 1, 1, 1, 1]);
      const none = { waiting: 0, prioritized: 0, delayed: 0, active: 0, waitingChildren: 0, completed: 0, failed: 0 };
      const jobs = {
        waiting,
        prioritized,
        delayed,
        active,
        completed,
        failed,
        waitingChildren: others["waiting-children"],
      };
      assert.deepEqual(counts(messages)[0]?.queues, [
        { queue: "jobs", ...jobs },
        { queue: "none", ...none },
      ]);
    } finally {
      keeper.close();
      await worker.close();
      await flow.close();
    }
  });

  test("with eight commands of constant time for a queue, in scripts of 25 queues", async () => {
    await client.config("RESETSTAT");
    const messages: KeeperMessage[] = [];
    const keeper = startKeeper(await bundledBull(), redis.url, (message) => messages.push(message));
    const queues = Array.from({ length: 100 }, (_, number) => `queue-${number}`);
    try {
      await eventually(waitMs, "a count", () => {
        if (counts(messages).length === 0) keeper.receive({ kind: "countJobs", queues });
        return counts(messages).length > 0;
      });
      assert.equal(counts(messages)[0]?.queues.length, 100);
      const stats = await client.info("commandstats");
      const calls = (command: string) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1]);
      assert.deepEqual([calls("llen"), calls("zcard")], [300, 500]);
    } finally {
      keeper.close();
    }
  });

  test("not while Redis is unavailable, and again after that", async () => {
    await using own = await startRedis();
    const proxy = await Proxy.start(own.port);
    const messages: KeeperMessage[] = [];
    const keeper = startKeeper(await bundledBull(), proxy.url, (message) => messages.push(message));
    const order = { kind: "countJobs", queues: ["jobs"] } as const;
    const counted = async () => {
      messages.length = 0;
      await eventually(waitMs, "a count", () => {
        if (counts(messages).length === 0) keeper.receive(order);
        return counts(messages).length > 0;
      });
    };
    try {
      await counted();
      await proxy.refuse(async () => {
        messages.length = 0;
        await eventually(waitMs, "an attempt", () => proxy.refused > 0);
        keeper.receive(order);
        await eventually(waitMs, "another attempt", () => proxy.refused > 2);
        assert.deepEqual(counts(messages), []);
      });
      await counted();
    } finally {
      keeper.close();
      proxy.close();
    }
  });
});
