import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { startRedis } from "../support/redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const workers = 20;
const restarts = 10;
const waitMs = 60_000;

test("twenty workers come back from ten restarts of Redis in a row, take jobs, and log little", async (context) => {
  await using redis = await startRedis();
  await using forker = await Forker.start({ workload: `jobs x${workers}`, env: { REDIS_URL: redis.url } });
  await forker.ready();
  const everyone = async (connected: boolean) =>
    await forker.until(connected ? "all connected" : "none connected", ({ slots }) =>
      slots.every((slot) => slot.workers.length === 1 && slot.workers.every((one) => one.connected === connected)),
    );
  await everyone(true);
  const before = forker.log.length;
  const startMs = performance.now();
  for (let number = 0; number < restarts; number++) {
    await redis.kill();
    if (number === 0) await everyone(false);
    await redis.start();
  }
  const backMs = performance.now();
  await using queue = openQueue(redis, "jobs");
  await queue.addBulk(
    Array.from({ length: 100 }, (_, index) => ({ name: "quick", data: {}, opts: { jobId: `quick-${index}` } })),
  );
  await eventually(waitMs, "100 jobs", async () => (await queue.getCompletedCount()) === 100);
  const jobsMs = performance.now();
  await everyone(true);
  context.diagnostic(`100 jobs done ${Math.round(jobsMs - backMs)} ms after Redis was back for good`);
  const lines = forker.log.slice(before);
  // One line for each ten seconds in which Redis is unavailable or comes and goes.
  const most = 1 + Math.ceil((performance.now() - startMs) / 10_000);
  for (let slot = 0; slot < workers; slot++) {
    const own = lines
      .filter((line) => line["slot"] === slot && line["role"] === "worker")
      .map(({ msg }) => String(msg));
    const gone = own.filter((msg) => msg.includes("could not reach Redis"));
    const back = own.filter((msg) => msg.includes("reached Redis again"));
    assert.ok(gone.length >= 1 && gone.length <= most, own.join("\n"));
    assert.ok(back.length >= 1 && back.length <= gone.length, own.join("\n"));
    assert.equal(own.at(-1)?.includes("reached Redis again"), true, own.join("\n"));
  }
  const status = await forker.status();
  assert.deepEqual(new Set(status.slots.map((slot) => slot.restarts)), new Set([0]));
  assert.doesNotMatch(forker.pid1.transcript, /unhandled|MaxListeners|leak/i);
  assert.equal(await forker.drained(), 0);
});
