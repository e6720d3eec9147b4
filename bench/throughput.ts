// npm run bench:throughput: our dispatcher against plain BullMQ Workers, alternating runs on one private Redis, medians.
// With ten queues the jobs are all in the lowest one: the worst case for a worker that keeps strict order.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { eventually } from "../test/support/deadline.ts";
import { startRedis } from "../test/support/redis.ts";
import { startWorker } from "../test/support/worker-harness.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    jobs: { type: "string", default: "10000" },
    only: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const backlog = Number(values.jobs);
const latencyJobs = 300;
const runTimeoutMs = 120_000;

type Side = "forker" | "plain";
interface Median {
  readonly perSecond: number;
  readonly cpu: number;
}
interface Case {
  readonly queues: readonly string[];
  readonly concurrency: number;
}

const redis = await startRedis();
const client = new Redis(redis.port);

/** A worker of this side is running for as long as `use` does. */
async function withWorker(
  side: Side,
  { queues, concurrency }: Case,
  use: (pid: number) => Promise<void>,
): Promise<void> {
  if (side === "forker") {
    const settings = { appPath: path.join(import.meta.dirname, "throughput-app.mjs"), logLevel: "error" as const };
    await using worker = await startWorker({ redisUrl: redis.url, queues, concurrency, settings });
    await worker.untilReady();
    return await use(worker.pid);
  }
  const file = path.join(import.meta.dirname, "throughput-plain.ts");
  const child = spawn(process.execPath, [file, JSON.stringify({ port: redis.port, queues, concurrency })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");
    await use(child.pid ?? 0);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

function lowest({ queues }: Case): Queue {
  return new Queue(queues.at(-1) ?? "", { connection: { port: redis.port } });
}

interface Throughput {
  /** From the first job's start to the last one's end, as Redis was told. */
  readonly perSecond: number;
  /** Of the worker process, from ready to done. Tells more than the rate where other work shares the machine. */
  readonly cpuMicrosecondsAJob: number;
}

async function throughput(side: Side, what: Case): Promise<Throughput> {
  await client.flushall();
  const queue = lowest(what);
  for (let added = 0; added < backlog; added += 1_000) {
    await queue.addBulk(Array.from({ length: Math.min(1_000, backlog - added) }, () => ({ name: "job", data: {} })));
  }
  let perSecond = 0;
  let cpuMs = 0;
  await withWorker(side, what, async (pid) => {
    const before = cpuMsOf(pid);
    await eventually(runTimeoutMs, "the backlog done", async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return (await queue.getCompletedCount()) === backlog;
    });
    cpuMs = cpuMsOf(pid) - before;
    const [first] = await queue.getCompleted(backlog - 1, backlog - 1);
    const [last] = await queue.getCompleted(0, 0);
    perSecond = (backlog * 1_000) / ((last?.finishedOn ?? 0) - (first?.processedOn ?? 0));
  });
  await queue.close();
  return { perSecond, cpuMicrosecondsAJob: (cpuMs * 1_000) / backlog };
}

/** User and system time so far; the kernel's clock ticks are 10 ms. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Milliseconds from before `add` in this process to the processor's first line in the worker, which is idle each time. */
async function latency(side: Side, what: Case): Promise<number[]> {
  await client.flushall();
  const queue = lowest(what);
  await withWorker(side, what, async () => {
    for (let number = 1; number <= latencyJobs; number++) {
      await queue.add("job", { sentAt: String(process.hrtime.bigint()) });
      await eventually(5_000, "the job done", async () => (await queue.getCompletedCount()) === number);
    }
  });
  const jobs = await queue.getCompleted();
  await queue.close();
  return jobs.map((job) => job.returnvalue as number);
}

function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const rows: string[] = [];
for (const queueCount of [1, 10]) {
  for (const concurrency of [1, 10]) {
    if (values.only !== undefined && values.only !== `${queueCount}x${concurrency}`) continue;
    const what: Case = { queues: Array.from({ length: queueCount }, (_, index) => `q${index}`), concurrency };
    const rates: Record<Side, Throughput[]> = { forker: [], plain: [] };
    const times: Record<Side, number[]> = { forker: [], plain: [] };
    for (let round = 0; round < rounds; round++) {
      const sides: Side[] = round % 2 === 0 ? ["forker", "plain"] : ["plain", "forker"];
      for (const side of sides) rates[side].push(await throughput(side, what));
      for (const side of sides) times[side].push(...(await latency(side, what)));
    }
    const [ours, theirs] = [rates.forker, rates.plain].map((all) => ({
      perSecond: quantile(
        all.map(({ perSecond }) => perSecond),
        0.5,
      ),
      cpu: quantile(
        all.map(({ cpuMicrosecondsAJob }) => cpuMicrosecondsAJob),
        0.5,
      ),
    })) as [Median, Median];
    const pickUp = (side: Side) => [0.5, 0.99].map((part) => quantile(times[side], part).toFixed(2)).join(" / ");
    const rate = [
      ours.perSecond.toFixed(0),
      theirs.perSecond.toFixed(0),
      (ours.perSecond / theirs.perSecond).toFixed(2),
    ];
    const row = [queueCount, concurrency, ...rate, `${ours.cpu.toFixed(0)} / ${theirs.cpu.toFixed(0)}`];
    rows.push(`| ${[...row, pickUp("forker"), pickUp("plain")].join(" | ")} |`);
    process.stderr.write(`${rows.at(-1)}\n`);
  }
}

process.stdout.write(
  [
    `${backlog} no-op jobs in the lowest queue, medians of ${rounds} alternating runs; pick-up p50 / p99 in ms of ${latencyJobs * rounds} jobs each`,
    "",
    "| queues | concurrency | forker, jobs/s | plain Workers, jobs/s | ratio | CPU µs a job, forker / plain | forker, pick-up | plain, pick-up |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n"),
);
client.disconnect();
await redis.close();
