// npm run bench:limits: what many workers, many queues and many jobs cost: start, memory, Redis connections, and pick-up by an
// idle worker, or by a busy one that strict priority makes take the new job next. One row is of plain Workers for 1,000 queues.
import { once } from "node:events";
import path from "node:path";
import { parseArgs } from "node:util";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { eventually } from "../test/support/deadline.ts";
import { startRedis } from "../test/support/redis.ts";
import { formatMb, formatMs, markdownTable, median, percentile } from "./support/numbers.ts";
import { memoryOf } from "./support/proc.ts";
import { record } from "./support/results.ts";
import { spawnTied } from "./support/spawn-tied.ts";
import { definitionForker, type ReadyForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: {
    pickUps: { type: "string", default: "60" },
    jobs: { type: "string", default: "1000000" },
    /** The name of one row. */
    only: { type: "string" },
  },
});
const bulk = 5_000;

interface Case {
  readonly name: string;
  readonly workload: string;
  /** Prepares Redis. */
  readonly prepare: (port: number) => Promise<void>;
  /** Where the new jobs are added. */
  readonly queue: string;
  /** A process with a plain Worker for each of these queues, in place of forker. */
  readonly plainQueues?: readonly string[];
}

async function createQueues(port: number, count: number): Promise<void> {
  const client = new Redis({ port });
  // What BullMQ's Queue writes when it is created.
  for (let first = 0; first < count; first += bulk) {
    const pipeline = client.pipeline();
    for (let n = first; n < Math.min(count, first + bulk); n++)
      pipeline.hset(`bull:queue-${n}:meta`, { "opts.maxLenEvents": "10000", version: "bullmq:6" });
    await pipeline.exec();
  }
  client.disconnect();
}

async function addBacklog(port: number, count: number): Promise<void> {
  const queue = new Queue("backlog", { connection: { port } });
  const jobs = Array.from({ length: bulk }, () => ({ name: "job", data: {}, opts: { removeOnComplete: true } }));
  for (let added = 0; added < count; added += bulk) await queue.addBulk(jobs.slice(0, count - added));
  await queue.close();
}

const nothing = async () => {};
const manyQueues = Array.from({ length: 1_000 }, (_, n) => `queue-${n}`);
const [forkerOfMany, plainOfMany] = ["`*`, 1,000 queues", "plain Workers of 1,000 queues, one process"];
const cases: readonly Case[] = [
  { name: "1 worker, 1 queue", workload: "urgent", prepare: nothing, queue: "urgent" },
  { name: "200 workers, 1 queue", workload: "urgent x200", prepare: nothing, queue: "urgent" },
  { name: forkerOfMany, workload: "*", prepare: (port) => createQueues(port, 1_000), queue: "queue-999" },
  {
    name: plainOfMany,
    workload: "",
    prepare: (port) => createQueues(port, 1_000),
    queue: "queue-999",
    plainQueues: manyQueues,
  },
  { name: "`*`, 10,000 queues", workload: "*", prepare: (port) => createQueues(port, 10_000), queue: "queue-9999" },
  {
    name: `${Number(values.jobs).toLocaleString("en")} jobs in a lower queue`,
    workload: "urgent,backlog",
    prepare: (port) => addBacklog(port, Number(values.jobs)),
    queue: "urgent",
  },
];

async function pickUps(port: number, name: string): Promise<number[]> {
  const queue = new Queue(name, { connection: { port } });
  const found: number[] = [];
  for (let n = 0; n < Number(values.pickUps); n++) {
    const job = await queue.add("job", { sentAt: String(process.hrtime.bigint()) });
    const done = await eventually(30_000, "the job done", async () => {
      const one = await queue.getJob(job.id ?? "");
      return one?.finishedOn !== undefined && one;
    });
    found.push(done.returnvalue as number);
  }
  await queue.close();
  return found;
}

/** A program of BullMQ alone, whose process is its only worker. */
async function plainWorkers(queues: readonly string[], port: number): Promise<ReadyForker> {
  const startedMs = performance.now();
  const child = spawnTied(process.execPath, [path.join(import.meta.dirname, "throughput-plain.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, BENCH_WORKERS: JSON.stringify({ port, queues, concurrency: 1 }) },
  });
  await once(child.stdout, "data");
  const pid = child.pid ?? 0;
  return {
    pid,
    workerPids: [pid],
    startMs: performance.now() - startedMs,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

const pickUpsOf = new Map<string, readonly number[]>();

async function measure({ name, workload, prepare, queue, plainQueues }: Case): Promise<string[]> {
  await using redis = await startRedis();
  await prepare(redis.port);
  const client = new Redis({ port: redis.port });
  const connections = async () => Number(/connected_clients:(\d+)/.exec(await client.info("clients"))?.[1]);
  const before = await connections();
  await using side =
    plainQueues === undefined
      ? await definitionForker(workload, redis.port)
      : await plainWorkers(plainQueues, redis.port);
  const opened = (await connections()) - before;
  const pickUpMs = await pickUps(redis.port, queue);
  pickUpsOf.set(name, pickUpMs);
  client.disconnect();
  return [
    name,
    formatMs(side.startMs),
    formatMb(median(side.workerPids.map((pid) => memoryOf(pid).proportionalMb))),
    String(opened),
    formatMs(percentile(pickUpMs, 0.5)),
    formatMs(percentile(pickUpMs, 0.99)),
  ];
}

/** The aim for 1,000 queues is the pick-up by plain Workers. */
function recordAims(): void {
  const [ours, theirs] = [pickUpsOf.get(forkerOfMany), pickUpsOf.get(plainOfMany)];
  if (ours === undefined || theirs === undefined) return;
  for (const share of [0.5, 0.99]) {
    const [ms, aimMs] = [percentile(ours, share), percentile(theirs, share)];
    record({
      what: `${forkerOfMany}: pick-up p${share * 100}`,
      measured: formatMs(ms),
      aim: `plain: ${formatMs(aimMs)}`,
      ratio: ms / aimMs,
      isMet: ms <= aimMs,
    });
  }
}

const rows: string[][] = [];
for (const one of cases) if (values.only === undefined || one.name.includes(values.only)) rows.push(await measure(one));
recordAims();
const head = ["", "start to all ready", "a worker's proportional memory", "Redis connections", "pick-up p50", "p99"];
process.stdout.write(`Pick-up of ${values.pickUps} jobs, one at a time.\n\n${markdownTable(head, rows)}\n`);
