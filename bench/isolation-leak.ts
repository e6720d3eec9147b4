/**
 * npm run bench:isolation-leak: the memory of the whole process tree while jobs leak, with and without isolation, without the pages of
 * Node's own file, whose share depends on what else runs on the machine. Prints Markdown, and draws docs/isolation-leak.svg if all
 * 10,000 jobs were run. Exits with 1 if the tree with isolation has grown.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Queue } from "bullmq";
import { ask } from "../src/admin/client.ts";
import type { Status } from "../src/protocol/status.ts";
import { eventually } from "../test/support/deadline.ts";
import { startRedis } from "../test/support/redis.ts";
import { formatMb, markdownTable } from "./support/numbers.ts";
import { drawPlot, type Series } from "./support/plot.ts";
import { memoryOf, treeOf } from "./support/proc.ts";
import { startForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: {
    jobs: { type: "string", default: "10000" },
    "leak-mb": { type: "string", default: "5" },
    concurrency: { type: "string", default: "4" },
    /** Without isolation nothing frees the memory, so fewer jobs show it. */
    "jobs-not-isolated": { type: "string", default: "100" },
  },
});
const [jobs, leakMb, jobsNotIsolated] = [values.jobs, values["leak-mb"], values["jobs-not-isolated"]].map(Number) as [
  number,
  number,
  number,
];
/** The tree's memory is compared with what it has after a tenth of the jobs. */
const pointsInAll = 20;
const allowedGrowth = 1.05;
const batchTimeoutMs = 600_000;
const calmTimeoutMs = 60_000;
const lookEveryMs = 50;

const app = path.join(import.meta.dirname, "processes/leaking-app.mjs");
const picture = path.join(import.meta.dirname, "../docs/isolation-leak.svg");
const redis = await startRedis();

interface Point {
  readonly jobs: number;
  readonly treeMb: number;
}

async function leak(queueName: string, count: number, environment: Record<string, string>): Promise<Point[]> {
  const queue = new Queue(queueName, { connection: { port: redis.port } });
  const workload = { WORKLOAD: `${queueName} @${values.concurrency}`, ...environment };
  await using forker = await startForker(app, workload, redis.port);
  const points: Point[] = [];
  const step = count / pointsInAll;
  for (let done = 0; ; done += step) {
    await eventually(calmTimeoutMs, "all runners ready for a job", () => isCalm(forker.pid));
    const memory = treeOf(forker.pid).map((pid) => memoryOf(pid).anonymousMb);
    points.push({ jobs: done, treeMb: memory.reduce((sum, one) => sum + one, 0) });
    console.error(`${queueName}: ${done} jobs, ${formatMb(points.at(-1)?.treeMb ?? 0)}`);
    if (done >= count) break;
    const options = { removeOnComplete: true };
    const batch = Array.from({ length: step }, () => ({
      name: "job",
      data: { bytes: leakMb * 2 ** 20 },
      opts: options,
    }));
    await queue.addBulk(batch);
    await eventually(batchTimeoutMs, "the batch done", async () => {
      await setTimeout(lookEveryMs);
      const counts = await queue.getJobCounts("wait", "active", "failed");
      if ((counts["failed"] ?? 0) > 0) throw new Error("a job failed");
      return (counts["wait"] ?? 0) + (counts["active"] ?? 0) === 0;
    });
  }
  await queue.close();
  return points;
}

/** Whether no runner starts, runs or ends. */
async function isCalm(pid: number): Promise<boolean> {
  const status = (await ask({ name: "status" }, pid)) as Status;
  const runners = status.slots.flatMap(({ workers }) => workers).flatMap((worker) => worker.runners);
  return runners.every(({ state }) => state === "ready");
}

const isolated = await leak("isolated", jobs, { FORKER_ISOLATION: "*" });
const shared = await leak("not-isolated", jobsNotIsolated, {});
await redis.close();

const rowsOf = (name: string, points: readonly Point[]) =>
  points
    .filter((_, index) => index % (pointsInAll / 10) === 0)
    .map((point) => [name, point.jobs.toLocaleString("en"), formatMb(point.treeMb)]);
console.log(
  markdownTable(
    [`jobs that leak ${leakMb} MB each`, "jobs", "whole tree"],
    [...rowsOf("isolated", isolated), ...rowsOf("not isolated", shared)],
  ),
);
const [early, late] = [isolated[pointsInAll / 10], isolated.at(-1)].map((point) => point?.treeMb ?? Number.NaN) as [
  number,
  number,
];
console.log(`\nThe last value is ${((late / early - 1) * 100).toFixed(1)} % above that after a tenth of the jobs.`);
if (!(late <= early * allowedGrowth)) process.exitCode = 1;

const lines: readonly (readonly [string, readonly Point[]])[] = [
  [`isolation: job`, isolated],
  ["not isolated", shared],
];
const series: Series[] = lines.map(([name, points]) => ({
  name,
  points: points.map((point) => ({ x: point.jobs, y: point.treeMb })),
}));
const title = `Memory of the whole tree, jobs that leak ${leakMb} MB each`;
if (jobs >= 10_000) await writeFile(picture, drawPlot({ title, x: "jobs", y: "MB", series }));
