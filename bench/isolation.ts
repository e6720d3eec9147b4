// npm run bench:isolation: what a process of its own costs a job that does nothing. Compares forker without and with isolation, BullMQ's sandbox as it is,
// which keeps its processes, and BullMQ's sandbox with its process ended after each job. All sides take turns in one run, on one
// private Redis.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { parseArgs } from "node:util";
import { QueueEvents } from "bullmq";
import { startRedis } from "../test/support/redis.ts";
import { drainBacklog, type Side, sideOf } from "./support/backlog.ts";
import { formatMs, markdownTable, median, percentile } from "./support/numbers.ts";
import { wholeForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    /** Jobs of a round whose time is measured. */
    jobs: { type: "string", default: "40" },
    backlog: { type: "string", default: "300" },
  },
});
const [rounds, jobs, backlog] = [Number(values.rounds), Number(values.jobs), Number(values.backlog)];
const jobTimeoutMs = 60_000;

const redis = await startRedis();

async function sandbox(queue: string, concurrency: number, endsProcess: boolean): Promise<Side> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "isolation-sandbox.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, BENCH_WORKER: JSON.stringify({ port: redis.port, queue, concurrency, endsProcess }) },
  });
  await once(child.stdout, "data");
  return sideOf(child.pid ?? 0, queue, redis.port, async () => {
    child.kill("SIGTERM");
    await once(child, "exit");
  });
}

const starts: Readonly<Record<string, (queue: string, concurrency: number) => Promise<Side>>> = {
  "forker, not isolated": (queue, concurrency) => wholeForker([queue], concurrency, redis.port),
  "forker, isolation: job": (queue, concurrency) =>
    wholeForker([queue], concurrency, redis.port, { FORKER_ISOLATION: "*" }),
  "BullMQ's sandbox": (queue, concurrency) => sandbox(queue, concurrency, false),
  "BullMQ's sandbox, process ended": (queue, concurrency) => sandbox(queue, concurrency, true),
};

/** From before the job is added in this process until this process hears of its end. `together` jobs are added at a time. */
async function time({ queue, pickUpMs }: Side, events: QueueEvents, together: number): Promise<void> {
  for (let done = 0; done < jobs; done += together) {
    const one = async () => {
      const began = performance.now();
      const job = await queue.add("job", {});
      await job.waitUntilFinished(events, jobTimeoutMs);
      pickUpMs.push(performance.now() - began);
    };
    await Promise.all(Array.from({ length: together }, one));
  }
  await queue.clean(0, 10_000, "completed");
}

const rows: string[][] = [];
for (const together of [1, 10]) {
  const sides = new Map<string, Side>();
  const events = new Map<string, QueueEvents>();
  for (const [number, [name, start]] of Object.entries(starts).entries()) {
    const queue = `bench-${together}-${number}`;
    sides.set(name, await start(queue, together));
    const heard = new QueueEvents(queue, { connection: { port: redis.port } });
    await heard.waitUntilReady();
    events.set(name, heard);
  }
  // The first round is not counted: it warms all sides up.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, side] of sides) {
      if (round === 1) for (const list of [side.pickUpMs, side.perSecond]) list.length = 0;
      await time(side, events.get(name) as QueueEvents, together);
      await drainBacklog(side, name.endsWith("ended") ? Math.ceil(backlog / 10) : backlog);
    }
  }
  for (const [name, { pickUpMs, perSecond }] of sides)
    rows.push([
      `${name}, ${together} at a time`,
      formatMs(percentile(pickUpMs, 0.5)),
      formatMs(percentile(pickUpMs, 0.99)),
      String(Math.round(median(perSecond))),
    ]);
  for (const one of events.values()) await one.close();
  for (const side of sides.values()) await side[Symbol.asyncDispose]();
}
console.log(markdownTable(["no-op jobs", "p50", "p99", "jobs a second, from a backlog"], rows));
await redis.close();
