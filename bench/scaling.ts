/**
 * npm run bench:scaling: how long a burst of jobs takes that need no processor time, with a fixed number of workers and with workers on
 * demand. Each side has its own forker and queue, all run at the same time, and the bursts alternate. Between two bursts, the workers on
 * demand are removed. Prints Markdown.
 */
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Job, Queue } from "bullmq";
import { startRedis } from "../scripts/redis.mjs";
import { ask } from "../src/admin/client.ts";
import type { Status } from "../src/protocol/status.ts";
import { eventually } from "../test/support/deadline.ts";
import { formatMs, markdownTable, median } from "./support/numbers.ts";
import { type ReadyForker, startForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: {
    jobs: { type: "string", default: "500" },
    "job-ms": { type: "string", default: "20" },
    rounds: { type: "string", default: "5" },
    counts: { type: "string", default: "x1,x1..8,x0..8,x8" },
  },
});
const jobs = Number(values.jobs);
const jobMs = Number(values["job-ms"]);
const rounds = Number(values.rounds);
const app = path.join(import.meta.dirname, "processes/waiting-app.mjs");
const timeoutMs = 120_000;

interface Burst {
  /** From before the jobs were added. */
  readonly firstStartMs: number;
  readonly secondWorkerMs: number;
  readonly lastWorkerMs: number;
  readonly clearedMs: number;
  readonly workers: number;
}

interface BenchSide {
  readonly count: string;
  readonly forker: ReadyForker;
  readonly queue: Queue;
  readonly bursts: Burst[];
}

const redis = await startRedis();
const port = Number(new URL(redis.url).port);
const sides: BenchSide[] = [];
try {
  for (const [at, count] of values.counts.split(",").entries()) {
    const name = `burst-${at}`;
    const environment = { WORKLOAD: `${name} ${count}; starts`, FORKER_REMOVE_AFTER: "1" };
    const forker = await startForker(app, environment, port);
    sides.push({ count, forker, queue: new Queue(name, { connection: { port } }), bursts: [] });
  }
  // One round that does not count: it compiles the code, and init learns how long the jobs take.
  for (let round = 0; round <= rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const burst = await runBurst(side);
      if (round > 0) side.bursts.push(burst);
    }
} finally {
  for (const { forker, queue } of sides) {
    await queue.close();
    await forker[Symbol.asyncDispose]();
  }
  await redis.stop();
}

const shown = (side: BenchSide, of: (burst: Burst) => number) => {
  const ms = median(side.bursts.map(of));
  return Number.isNaN(ms) ? "–" : formatMs(ms);
};
console.log(`Node ${process.version}. ${jobs} jobs of ${jobMs} ms, medians of ${rounds} bursts.\n`);
console.log(
  markdownTable(
    [
      "workers",
      "until the first job starts",
      "until a second worker has one",
      "until the last worker has one",
      "workers that had one",
      "until all have ended",
    ],
    sides.map((side) => [
      side.count,
      shown(side, ({ firstStartMs }) => firstStartMs),
      shown(side, ({ secondWorkerMs }) => secondWorkerMs),
      shown(side, ({ lastWorkerMs }) => lastWorkerMs),
      String(median(side.bursts.map(({ workers }) => workers))),
      shown(side, ({ clearedMs }) => clearedMs),
    ]),
  ),
);

async function runBurst({ forker, queue }: BenchSide): Promise<Burst> {
  await eventually(timeoutMs, "the fewest workers", async () => await isAtMinimum(forker.pid));
  await queue.obliterate({ force: true });
  const startMs = Date.now();
  await queue.addBulk(Array.from({ length: jobs }, () => ({ name: "wait", data: { ms: jobMs } })));
  await eventually(timeoutMs, "the end of the burst", async () => {
    if ((await queue.getCompletedCount()) === jobs) return true;
    await pause(50);
    return false;
  });
  const ended = (await queue.getCompleted(0, jobs)) as Job[];
  const starts = new Map<number, number>();
  for (const { returnvalue, processedOn = 0 } of ended) {
    const pid = Number(returnvalue);
    starts.set(pid, Math.min(starts.get(pid) ?? Infinity, processedOn - startMs));
  }
  const firsts = [...starts.values()].toSorted((one, other) => one - other);
  return {
    firstStartMs: firsts[0] ?? Number.NaN,
    secondWorkerMs: firsts[1] ?? Number.NaN,
    lastWorkerMs: firsts.at(-1) ?? Number.NaN,
    clearedMs: Math.max(...ended.map(({ finishedOn = 0 }) => finishedOn)) - startMs,
    workers: firsts.length,
  };
}

async function isAtMinimum(pid: number): Promise<boolean> {
  const status = (await ask({ name: "status" }, pid).catch(() => undefined)) as Status | undefined;
  if (status?.ranges.every(({ workers, minimum }) => workers === minimum) === true) {
    const running = status.slots.flatMap(({ workers }) => workers).length;
    if (running === status.slots.filter(({ vacant }) => !vacant).length) return true;
  }
  await pause(100);
  return false;
}
