/**
 * npm run bench:refork: what forking from a worker that has run jobs, as pitchfork does, could save at most. In the second row of each
 * kind the template has run jobs of all kinds itself before it forks. One worker at a time. Prints Markdown.
 *
 * REFORK_KINDS (light,mail,import,export), REFORK_JOBS (1000), REFORK_REHEARSALS (50: jobs of each kind in the template), REFORK_RUNS (1).
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { startRedis } from "../scripts/redis.mjs";
import { ForkSide } from "./support/fork-side.ts";
import { feed, shopEnvironment } from "./support/light-shop.ts";
import { mappedMemoryOf } from "./support/mappings.ts";
import { formatMb, markdownTable, median } from "./support/numbers.ts";
import { scheduledMs } from "./support/proc.ts";

interface Sample {
  readonly readyMb: number;
  readonly firstJobMs: number;
  readonly firstProcessorMs: number;
  readonly afterMb: number;
}

const kinds = (process.env["REFORK_KINDS"] ?? "light,mail,import,export").split(",");
const [jobs, rehearsals, runs] = [
  Number(process.env["REFORK_JOBS"] ?? 1_000),
  process.env["REFORK_REHEARSALS"] ?? "50",
  Number(process.env["REFORK_RUNS"] ?? 1),
];
/** A worker that has just started still does what can wait. */
const settleMs = 500;

const folder = await mkdtemp(path.join(os.tmpdir(), "forker-bench-"));
const redis = await startRedis();
const rows: string[][] = [];
try {
  for (const kind of kinds) {
    const [plain, rehearsed]: [Sample[], Sample[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      plain.push(await measure(kind, `${run}-plain`, "0"));
      rehearsed.push(await measure(kind, `${run}-rehearsed`, rehearsals));
    }
    rows.push(rowOf(kind, "0", plain), rowOf(kind, rehearsals, rehearsed));
    console.error(kind);
  }
} finally {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
}
const head = ["jobs", "run by the template", "ready", "first job", "its CPU time", `private after ${jobs} jobs`];
console.log(`Node ${process.version}. Medians of ${runs}.\n\n${markdownTable(head, rows)}`);

function rowOf(kind: string, before: string, samples: readonly Sample[]): string[] {
  const of = (figure: keyof Sample) => median(samples.map((sample) => sample[figure]));
  const ms = (figure: keyof Sample) => `${of(figure).toFixed(0)} ms`;
  return [kind, before, formatMb(of("readyMb")), ms("firstJobMs"), ms("firstProcessorMs"), formatMb(of("afterMb"))];
}

async function measure(kind: string, name: string, before: string): Promise<Sample> {
  const prefix = `bench-${kind}-${name}`;
  const environment = {
    ...shopEnvironment({ prefix, redisUrl: redis.url, folder }),
    LIGHT_REHEARSALS: before,
  };
  const side = new ForkSide({ pin: [], parallel: 1, environment, queues: [kind] });
  try {
    await side.start(1);
    const [pid = 0] = side.workerPids;
    await pause(settleMs);
    const readyMb = mappedMemoryOf(pid).privateMb;
    const beforeMs = scheduledMs(pid);
    await feed(1, [kind], environment);
    const firstProcessorMs = scheduledMs(pid) - beforeMs;
    const firstJobMs = await firstJob(kind, prefix);
    await feed(jobs - 1, [kind], environment);
    return { readyMb, firstJobMs, firstProcessorMs, afterMb: mappedMemoryOf(pid).privateMb };
  } finally {
    await side.stop();
  }
}

async function firstJob(kind: string, prefix: string): Promise<number> {
  const queue = new Queue(kind, { connection: { url: redis.url }, prefix });
  const [job] = await queue.getCompleted();
  await queue.close();
  return (job?.finishedOn ?? Number.NaN) - (job?.processedOn ?? Number.NaN);
}
