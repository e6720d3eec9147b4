import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import esbuild from "esbuild";
import { endOf, forkedPids, runScenario, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";
import { useRedis } from "../support/use-redis.ts";

const { redis, client } = await useRedis();
const folder = mkdtempSync(path.join(tmpdir(), "fork-parking-"));
const bundle = path.join(folder, "bundle.cjs");

before(async () => {
  const entry = createRequire(import.meta.url).resolve("ioredis");
  await esbuild.build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: "node", minify: true });
  await client.set("greeting", "hello");
});
after(() => rmSync(folder, { recursive: true }));

for (const { version, path: node, missing } of testedNodes()) {
  test(`Node ${version}: ioredis clients of every copy connect in each worker, and not in the template`, {
    skip: missing ?? false,
  }, async () => {
    const received = async () => Number(/total_connections_received:(\d+)/.exec(await client.info("stats"))?.[1]);
    const earlier = await received();
    const lines = await runScenario(node, "parking", String(redis.port), bundle);
    const pids = forkedPids(lines);
    assert.equal(pids.length, 2);
    for (const pid of pids) assert.deepEqual(endOf(lines, pid), { exitCode: 0 });
    const [template] = told(lines, "template");
    assert.deepEqual(template?.["statuses"], ["connecting", "connecting", "connecting", "connecting"]);
    assert.equal(template["closing"], "Connection is closed.");
    assert.equal(template["closed"], "end");
    assert.equal(template["quit"], "OK");
    assert.equal(template["twice"], "Redis is already connecting/connected");
    const [beforeFork] = told(lines, "parked");
    assert.equal(beforeFork?.["received"], earlier + 1, "the template opens none but that on which it asks");
    const parked = beforeFork["parked"] as string[];
    const place = `Redis at 127.0.0.1:${redis.port}`;
    const waiting = `${place} (waiting: get)`;
    // The lazy one connected later than the queue: at its first command.
    assert.deepEqual(parked, [waiting, waiting, waiting, "a Redis Cluster", place, waiting]);
    assert.deepEqual(told(lines, "left")[0]?.["replies"], {});
    const workers = told(lines, "worker");
    const replies = { own: "hello", bundled: "hello", subclass: "hello", lazy: "hello", queue: "greet" };
    assert.deepEqual(
      workers.map((line) => line["replies"]),
      [replies, replies],
    );
    assert.deepEqual(
      workers.map((line) => line["ended"]),
      [0, 0],
    );
    const ids = workers.flatMap((line) => [...(line["ids"] as number[]), line["later"] as number]);
    assert.equal(new Set(ids).size, ids.length, "no connection is shared");
    // In each worker: four clients, the queue's, a later one, and the Cluster's, which a server without cluster support refuses.
    const made = (await received()) - earlier;
    assert.ok(made >= 12 && made <= 30, `${made} connections`);
  });
}
