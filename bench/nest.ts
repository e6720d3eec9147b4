/**
 * npm run bench:nest: the NestJS example with 4 workers, whose Workers forker adopts, compared with 4 processes of
 * `node dist/main.js`. Both sides run the same unchanged file. Prints Markdown.
 *
 * BENCH_RUNS (5), BENCH_WORKERS (4), BENCH_KILLS (each worker once: workers that are killed, one after the other), BENCH_JOBS
 * (200: orders), BENCH_CPUS (the last one: the processors that each side may use; the servers and the benchmark use the others).
 */
import { spawnSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { startPostgres } from "../scripts/postgres.mjs";
import { startRedis } from "../scripts/redis.mjs";
import { eventually } from "../test/support/deadline.ts";
import { ForkSide } from "./support/fork-side.ts";
import { formatMb, formatMs, formatRatio, markdownTable, median } from "./support/numbers.ts";
import { memoryOf, processorMs, scheduledMs, treeOf } from "./support/proc.ts";
import { ProgramsSide } from "./support/programs-side.ts";

interface Sample {
  readonly side: "forker" | "plain";
  readonly readyMs: number;
  /** Of all processes of this side, until all workers are ready. */
  readonly processorMs: number;
  /** Of each worker, from its fork or start until a second after all are ready. */
  readonly workerMs: readonly number[];
  readonly replacedMs: readonly number[];
  readonly privateMb: readonly number[];
  readonly afterJobsMb: readonly number[];
}

const runs = Number(process.env["BENCH_RUNS"] ?? 5);
const workers = Number(process.env["BENCH_WORKERS"] ?? 4);
const kills = Number(process.env["BENCH_KILLS"] ?? workers);
const orders = Number(process.env["BENCH_JOBS"] ?? 200);
const allCpus = Array.from({ length: os.cpus().length }, (_, cpu) => cpu);
const cpus = (process.env["BENCH_CPUS"] ?? String(allCpus.at(-1))).split(",").map(Number);
const otherCpus = allCpus.filter((cpu) => !cpus.includes(cpu));
const pin = ["taskset", "-c", cpus.join(",")];
const pinOthers = ["taskset", "-c", (otherCpus.length > 0 ? otherCpus : cpus).join(",")];

const folder = path.join(import.meta.dirname, "../examples/nest");
const queues = ["checkout", "orders", "payments", "mail", "reports"];
const settleMs = 1_000;
const ordersTimeoutMs = 300_000;

const samples: Sample[] = [];
for (let run = 0; run < runs; run++) {
  // Each side goes first equally often.
  for (const side of run % 2 === 0 ? (["forker", "plain"] as const) : (["plain", "forker"] as const)) {
    const sample = await measure(side);
    console.error(`run ${run + 1}: ${side} ready ${formatMs(sample.readyMs)}`);
    samples.push(sample);
  }
}
report();

async function measure(name: Sample["side"]): Promise<Sample> {
  const redis = await startRedis({ command: pinOthers });
  const postgres = await startPostgres({ command: pinOthers });
  const environment = {
    BENCH_APP: path.join(folder, "dist/main.js"),
    REDIS_URL: redis.url,
    DATABASE_URL: postgres.url,
    WORKLOAD: String(workers),
  };
  const options = { pin, parallel: cpus.length, environment, queues };
  const side = name === "forker" ? new ForkSide(options) : new ProgramsSide(options);
  try {
    createTables(environment);
    const readyMs = await time(() => side.start(workers));
    const processes = side instanceof ForkSide ? treeOf(side.rootPid) : side.workerPids;
    const spentMs = processorMs(processes);
    await pause(settleMs);
    const workerMs = side.workerPids.map(scheduledMs);
    const privateMb = privateOf(side.workerPids);
    const replacedMs: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      replacedMs.push(await time(() => side.replaceOne()));
      await pause(settleMs);
    }
    await doOrders(redis.url);
    const afterJobsMb = privateOf(side.workerPids);
    return { side: name, readyMs, processorMs: spentMs, workerMs, replacedMs, privateMb, afterJobsMb };
  } finally {
    await side.stop();
    await postgres.stop();
    await redis.stop();
  }
}

function createTables(environment: Readonly<Record<string, string>>): void {
  const env = { ...process.env, ...environment };
  const { status } = spawnSync(process.execPath, ["dist/migrate.js"], { cwd: folder, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`dist/migrate.js ended with ${status}: npm ci && npm run build in examples/nest`);
}

function privateOf(pids: readonly number[]): number[] {
  return pids.map((pid) => memoryOf(pid).privateMb);
}

async function time(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Without confirmations, which the mail's limiter would delay: the processors of three queues, and the database. */
async function doOrders(url: string): Promise<void> {
  const [payments, reports] = ["payments", "reports"].map((name) => new Queue(name, { connection: { url } }));
  try {
    const jobs = (data: (order: number) => object) =>
      Array.from({ length: orders }, (_, order) => ({ name: "bench", data: data(order) }));
    await payments?.addBulk(jobs((order) => ({ order, cents: 1_000 })));
    await reports?.addBulk(jobs((order) => ({ title: `Report ${order}` })));
    await eventually(ordersTimeoutMs, "the jobs done", async () => {
      await pause(100);
      return (await payments?.getCompletedCount()) === orders && (await reports?.getCompletedCount()) === orders;
    });
  } finally {
    await Promise.all([payments?.close(), reports?.close()]);
  }
}

function report(): void {
  const row = (what: string, figure: (sample: Sample) => readonly number[], format: (value: number) => string) => {
    const [ours, theirs] = (["forker", "plain"] as const).map((side) =>
      median(samples.filter((sample) => sample.side === side).flatMap(figure)),
    ) as [number, number];
    return [what, format(ours), format(theirs), formatRatio(theirs, ours)];
  };
  const rows = [
    row(`start to all ${workers} workers ready`, ({ readyMs }) => [readyMs], formatMs),
    row("processor time of all processes until then", ({ processorMs: ms }) => [ms], formatMs),
    row("processor time of a worker until a second later", ({ workerMs }) => workerMs, formatMs),
    row("one worker killed, to its successor ready", ({ replacedMs }) => replacedMs, formatMs),
    row("private memory of a worker, ready", ({ privateMb }) => privateMb, formatMb),
    row(`private memory of a worker, after ${orders * 2} jobs of all`, ({ afterJobsMb }) => afterJobsMb, formatMb),
  ];
  const share = cpus.length === 1 ? "one processor" : `${cpus.length} processors`;
  console.log(`Node ${process.version}. Each side has ${share} of ${allCpus.length}. Medians of ${runs} runs.\n`);
  console.log(markdownTable(["", "forker dist/main.js", "node dist/main.js", "ratio"], rows));
}
