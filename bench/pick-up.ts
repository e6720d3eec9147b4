/**
 * npm run bench:pick-up: how long an idle worker takes to start a job, from before the job is added. Its list is in strict order or has
 * weights. Each side has its own forker and queues, both run at the same time, and the jobs alternate. Prints Markdown.
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { Queue, QueueEvents } from "bullmq";
import { startRedis } from "../scripts/redis.mjs";
import { markdownTable, median } from "./support/numbers.ts";
import { type ReadyForker, startForker } from "./support/whole-forker.ts";

const { values } = parseArgs({ options: { jobs: { type: "string", default: "400" } } });
const jobs = Number(values.jobs);
const warmUp = 50;
const timeoutMs = 60_000;
const app = path.join(import.meta.dirname, "processes/instant-app.mjs");

interface BenchSide {
  readonly list: string;
  readonly forker: ReadyForker;
  /** The first and the last of the list. */
  readonly queues: readonly { readonly queue: Queue; readonly events: QueueEvents; readonly tookMs: number[] }[];
}

const redis = await startRedis();
const connection = { port: Number(new URL(redis.url).port) };
const sides: BenchSide[] = [];
try {
  for (const [name, first, last] of [
    ["strict", "", ""],
    ["weighted", ":3", ":1"],
  ] as const) {
    const list = `${name}-a${first},${name}-b${last}`;
    const queues = [`${name}-a`, `${name}-b`].map((queue) => ({
      queue: new Queue(queue, { connection }),
      events: new QueueEvents(queue, { connection }),
      tookMs: [],
    }));
    const forker = await startForker(app, { WORKLOAD: list }, connection.port);
    for (const { events } of queues) await events.waitUntilReady();
    sides.push({ list, forker, queues });
  }
  for (let job = -warmUp; job < jobs; job++)
    for (const { queues } of job % 2 === 0 ? sides : sides.toReversed())
      for (const { queue, events, tookMs } of queues) {
        const before = process.hrtime.bigint();
        const added = await queue.add("instant", {}, { removeOnComplete: { count: 10 } });
        const started = BigInt(String(await added.waitUntilFinished(events, timeoutMs)));
        if (job >= 0) tookMs.push(Number(started - before) / 1e6);
      }
} finally {
  for (const { forker, queues } of sides) {
    for (const { queue, events } of queues) {
      await events.close();
      await queue.close();
    }
    await forker[Symbol.asyncDispose]();
  }
  await redis.stop();
}

const shown = (ms: readonly number[]) => {
  const sorted = ms.toSorted((one, other) => one - other);
  return `${median(sorted).toFixed(2)} ms, ${(sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN).toFixed(2)} ms`;
};
console.log(`Node ${process.version}. ${jobs} jobs in each queue: the median and the 95th percentile.\n`);
console.log(
  markdownTable(
    ["list", "a job of the first queue", "a job of the last queue"],
    sides.map(({ list, queues }) => [`\`${list}\``, ...queues.map(({ tookMs }) => shown(tookMs))]),
  ),
);
