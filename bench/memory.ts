/**
 * npm run bench:memory: the shared and private memory of a forked worker after 1,000 jobs, by kind of mapping, compared
 * with a plain worker that has the same application and the same jobs. One worker on each side. Prints Markdown.
 *
 * BENCH_KINDS (light,mixed,import,export,mail,thumbnails: the jobs; a fresh pair of workers for each),
 * BENCH_POINTS (0,1,10,100,300,1000: after how many jobs to look), BENCH_IDLE (45: seconds before a last look; 0: none),
 * BENCH_RUNS (1), BENCH_SIDES (fork,plain). Both sides inherit the rest of the environment (NODE_OPTIONS, MALLOC_ARENA_MAX).
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startRedis } from "../scripts/redis.mjs";
import { printMemory } from "./memory-report.ts";
import { ForkSide } from "./support/fork-side.ts";
import { feed, shopEnvironment } from "./support/light-shop.ts";
import { type MappedMemory, mappedMemoryOf } from "./support/mappings.ts";
import { PlainSide } from "./support/plain-side.ts";
import { processorMs, treeOf } from "./support/proc.ts";
import { type Side, shopQueues } from "./support/side.ts";

export type SideName = "fork" | "plain";

export interface Sample {
  readonly kind: string;
  readonly side: SideName;
  /** `ready`, `100 jobs`, `idle` */
  readonly moment: string;
  readonly worker: MappedMemory;
  readonly wholeTreeMb: number;
  /** The worker's, since it was ready. */
  readonly processorMs: number;
}

const list = (name: string, otherwise: string) => (process.env[name] ?? otherwise).split(",");
const kinds = list("BENCH_KINDS", "light,mixed,import,export,mail,thumbnails");
const points = list("BENCH_POINTS", "0,1,10,100,300,1000").map(Number);
const sides = list("BENCH_SIDES", "fork,plain") as SideName[];
const idleSeconds = Number(process.env["BENCH_IDLE"] ?? 45);
const runs = Number(process.env["BENCH_RUNS"] ?? 1);

const folder = await mkdtemp(path.join(os.tmpdir(), "forker-bench-"));
const redis = await startRedis();
const samples: Sample[] = [];
try {
  for (let run = 0; run < runs; run += 1) {
    for (const kind of kinds) {
      // At the same time, not alternately: the load determines when a collector's timers fire, and must be the same for both.
      await Promise.all(sides.map((side) => measure(side, kind, run)));
      console.error(`run ${run + 1}: ${kind}`);
    }
  }
} finally {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
}
printMemory(samples, { kinds, sides, runs });

async function measure(name: SideName, kind: string, run: number): Promise<void> {
  const prefix = `bench-${run}-${kind}-${name}`;
  const environment = {
    ...shopEnvironment({ prefix, redisUrl: redis.url, folder }),
    ...(process.env["SHOP_REHEARSAL"] !== undefined && { SHOP_REHEARSAL: process.env["SHOP_REHEARSAL"] }),
  };
  const queues = kind === "mixed" ? shopQueues : [kind];
  const options = { pin: [], parallel: 1, environment, queues };
  const side: Side = name === "fork" ? new ForkSide(options) : new PlainSide(options);
  let spentBeforeMs = 0;
  const look = (moment: string) => {
    const [pid = 0] = side.workerPids;
    const wholeTreeMb = treeOf(side.rootPid).reduce((sum, each) => sum + mappedMemoryOf(each).proportionalMb, 0);
    const spentMs = processorMs([pid]) - spentBeforeMs;
    samples.push({ kind, side: name, moment, worker: mappedMemoryOf(pid), wholeTreeMb, processorMs: spentMs });
  };
  try {
    await side.start(1);
    spentBeforeMs = processorMs(side.workerPids);
    let done = 0;
    for (const point of points) {
      if (point > done) await feed(point - done, queues, environment);
      done = point;
      look(point === 0 ? "ready" : `${point} ${point === 1 ? "job" : "jobs"}`);
    }
    if (idleSeconds === 0) return;
    await pause(idleSeconds * 1000);
    look(`${idleSeconds} s later`);
  } finally {
    await side.stop();
  }
}
