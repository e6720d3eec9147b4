// npm run bench:throughput: a worker of ours against plain BullMQ Workers in one process, both warm, in turns on one
// private Redis. With ten queues the jobs are all in the lowest one: the worst case for a worker that keeps strict order.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Queue } from "bullmq";
import { eventually } from "../test/support/deadline.ts";
import { startRedis } from "../test/support/redis.ts";
import { startWorker } from "../test/support/worker-harness.ts";
import { markdownTable, median, percentile } from "./support/numbers.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    jobs: { type: "string", default: "3000" },
    /** `10x1`: ten queues, concurrency 1. */
    only: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const backlog = Number(values.jobs);
const pickUpsARound = 40;
const warmUpRounds = 2;
const roundTimeoutMs = 60_000;

interface Side extends AsyncDisposable {
  readonly pid: number;
  readonly queue: Queue;
  readonly perSecond: number[];
  readonly cpuMicroseconds: number[];
  readonly pickUpMs: number[];
}

const redis = await startRedis();

async function forkerSide(queues: readonly string[], concurrency: number): Promise<Side> {
  const settings = { appPath: path.join(import.meta.dirname, "throughput-app.mjs"), logLevel: "error" as const };
  const worker = await startWorker({ redisUrl: redis.url, queues, concurrency, settings });
  await worker.untilReady();
  return sideOf(worker.pid, queues, async () => await worker[Symbol.asyncDispose]());
}

async function plainSide(queues: readonly string[], concurrency: number): Promise<Side> {
  const file = path.join(import.meta.dirname, "throughput-plain.ts");
  const child = spawn(process.execPath, [file, JSON.stringify({ port: redis.port, queues, concurrency })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return sideOf(child.pid ?? 0, queues, async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  });
}

function sideOf(pid: number, queues: readonly string[], stop: () => Promise<void>): Side {
  const queue = new Queue(queues.at(-1) ?? "", { connection: { port: redis.port } });
  return {
    pid,
    queue,
    perSecond: [],
    cpuMicroseconds: [],
    pickUpMs: [],
    async [Symbol.asyncDispose]() {
      await queue.close();
      await stop();
    },
  };
}

/** A backlog of no-op jobs, from the first job's start to the last one's end as Redis was told. */
async function drainBacklog({ queue, pid, perSecond, cpuMicroseconds }: Side): Promise<void> {
  await queue.pause();
  for (let added = 0; added < backlog; added += 1_000) {
    await queue.addBulk(Array.from({ length: Math.min(1_000, backlog - added) }, () => ({ name: "job", data: {} })));
  }
  const cpuBeforeMs = cpuMsOf(pid);
  await queue.resume();
  await eventually(roundTimeoutMs, "the backlog done", async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return (await queue.getCompletedCount()) === backlog;
  });
  cpuMicroseconds.push(((cpuMsOf(pid) - cpuBeforeMs) * 1_000) / backlog);
  const [first] = await queue.getCompleted(backlog - 1, backlog - 1);
  const [last] = await queue.getCompleted(0, 0);
  perSecond.push((backlog * 1_000) / ((last?.finishedOn ?? 0) - (first?.processedOn ?? 0)));
  await queue.clean(0, backlog, "completed");
}

/** From before `add` in this process to the first line of the processor in the worker, which is idle each time. */
async function pickUp({ queue, pickUpMs }: Side): Promise<void> {
  const job = await queue.add("job", { sentAt: String(process.hrtime.bigint()) });
  await eventually(5_000, "the job done", async () => (await queue.getCompletedCount()) === 1);
  pickUpMs.push((await queue.getJob(job.id ?? ""))?.returnvalue as number);
  await queue.clean(0, 1, "completed");
}

/** User and system time so far; the kernel counts in ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function rowOf(queueCount: number, concurrency: number): Promise<string[]> {
  const names = (side: string) => Array.from({ length: queueCount }, (_, index) => `${side}-${index}`);
  await using forker = await forkerSide(names("forker"), concurrency);
  await using plain = await plainSide(names("plain"), concurrency);
  for (let round = -warmUpRounds; round < rounds; round++) {
    const turns = round % 2 === 0 ? [forker, plain] : [plain, forker];
    for (const side of turns) await drainBacklog(side);
    for (let job = 0; job < pickUpsARound; job++) for (const side of turns) await pickUp(side);
    if (round >= 0) continue;
    for (const side of turns) for (const cold of [side.perSecond, side.cpuMicroseconds, side.pickUpMs]) cold.length = 0;
  }
  const [ours, theirs] = [median(forker.perSecond), median(plain.perSecond)];
  const rate = [ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(2)];
  const cpu = [forker, plain].map(({ cpuMicroseconds }) => median(cpuMicroseconds).toFixed(0));
  const pickUps = [forker, plain].map(({ pickUpMs }) =>
    [0.5, 0.99].map((part) => percentile(pickUpMs, part).toFixed(2)).join(" / "),
  );
  return [String(queueCount), String(concurrency), ...rate, ...cpu, ...pickUps];
}

const table: string[][] = [];
for (const queueCount of [1, 10]) {
  for (const concurrency of [1, 10]) {
    if (values.only !== undefined && values.only !== `${queueCount}x${concurrency}`) continue;
    table.push(await rowOf(queueCount, concurrency));
  }
}
const head = ["queues", "concurrency", "forker jobs/s", "plain jobs/s", "ratio"].concat([
  "forker CPU µs/job",
  "plain CPU µs/job",
  "forker pick-up ms p50 / p99",
  "plain pick-up ms p50 / p99",
]);
process.stdout.write(
  `${backlog} no-op jobs in the lowest queue, medians of ${rounds} rounds in turns; ` +
    `pick-up of ${rounds * pickUpsARound} jobs by an idle worker.\n\n${markdownTable(head, table)}\n`,
);
await redis.close();
