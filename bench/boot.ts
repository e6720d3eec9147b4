/**
 * npm run bench:boot: the example application with 1, 4 and 8 workers, forked by the entrypoint from one load, compared with
 * a supervisor that starts workers with child_process.fork, each of which loads it. Prints Markdown.
 *
 * BENCH_RUNS (3), BENCH_WORKERS (1,4,8), BENCH_JOBS (200 a worker), BENCH_CPUS (the last one: the processors that
 * each side may use; Redis and the benchmark use the others).
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startRedis } from "../scripts/redis.mjs";
import { printReport } from "./boot-report.ts";
import { ForkSide } from "./support/fork-side.ts";
import { PlainSide } from "./support/plain-side.ts";
import { type Memory, memoryOf, processorMs, treeOf } from "./support/proc.ts";
import { type Side, type SideOptions, shopQueues, within } from "./support/side.ts";
import { spawnTied } from "./support/spawn-tied.ts";

export interface Sample {
  readonly side: "fork" | "plain";
  readonly workers: number;
  readonly readyMs: number;
  readonly reloadMs: number;
  readonly atReady: Snapshot;
  readonly afterJobs: Snapshot;
  readonly startMs: readonly number[];
}

export interface Snapshot {
  readonly workers: readonly Memory[];
  readonly wholeTreeMb: number;
  readonly processorMs: number;
}

const runs = Number(process.env["BENCH_RUNS"] ?? 3);
const counts = (process.env["BENCH_WORKERS"] ?? "1,4,8").split(",").map(Number);
const jobsEach = Number(process.env["BENCH_JOBS"] ?? 200);
const app = path.join(import.meta.dirname, "../examples/shop/workers.mjs");
const feeder = path.join(import.meta.dirname, "processes/feeder.mjs");
const allCpus = Array.from({ length: os.cpus().length }, (_, cpu) => cpu);
const cpus = (process.env["BENCH_CPUS"] ?? String(allCpus.at(-1))).split(",").map(Number);
const otherCpus = allCpus.filter((cpu) => !cpus.includes(cpu));
const pin = ["taskset", "-c", cpus.join(",")];
/** Keeps what is not measured away from the measured processors, if there are others. */
const pinOthers = ["taskset", "-c", (otherCpus.length > 0 ? otherCpus : cpus).join(",")];

const folder = await mkdtemp(path.join(os.tmpdir(), "forker-bench-"));
const redis = await startRedis({ command: pinOthers });
const samples: Sample[] = [];
try {
  for (let run = 0; run < runs; run += 1) {
    for (const workers of counts) {
      // Each side goes first equally often.
      for (const side of run % 2 === 0 ? (["fork", "plain"] as const) : (["plain", "fork"] as const)) {
        const sample = await measure(side, workers, run);
        console.error(`run ${run + 1}: ${side} ×${workers} ready ${Math.round(sample.readyMs)} ms`);
        samples.push(sample);
      }
    }
  }
} finally {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
}
printReport(samples, { runs, counts, jobsEach, cpus });

async function measure(name: Sample["side"], workers: number, run: number): Promise<Sample> {
  const environment = {
    BENCH_APP: app,
    REDIS_URL: redis.url,
    FORKER_PREFIX: `bench-${run}-${name}-${workers}`,
    SHOP_PREFIX: `bench-${run}-${name}-${workers}`,
    SHOP_FILES: folder,
    SHOP_MAIL_MS: "5",
    // A plain worker reports no such time.
    SHOP_REHEARSAL: "off",
    SHOP_WEBHOOK_SECRET: "whsec_bench",
  };
  const options: SideOptions = { pin, parallel: cpus.length, environment, queues: shopQueues };
  const side: Side = name === "fork" ? new ForkSide(options) : new PlainSide(options);
  try {
    const readyMs = await time(() => side.start(workers));
    const atReady = snapshot(side);
    await feed(workers * jobsEach, environment);
    const afterJobs = snapshot(side);
    const reloadMs = await time(() => side.reload());
    return { side: name, workers, readyMs, reloadMs, atReady, afterJobs, startMs: side.startMs };
  } finally {
    await side.stop();
  }
}

function snapshot(side: Side): Snapshot {
  const tree = treeOf(side.rootPid);
  const wholeTreeMb = tree.reduce((sum, pid) => sum + memoryOf(pid).proportionalMb, 0);
  return { workers: side.workerPids.map(memoryOf), wholeTreeMb, processorMs: processorMs(tree) };
}

async function time(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function feed(jobs: number, environment: Record<string, string>): Promise<void> {
  const [command, ...words] = [...pinOthers, process.execPath, feeder, String(jobs)];
  const child = spawnTied(command, words, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  const [code] = (await within(`${jobs} jobs done`, 600_000, once(child, "exit"))) as [number | null];
  if (code !== 0) throw new Error(`the feeder ended with ${code}`);
}
