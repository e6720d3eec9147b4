/**
 * npm run bench:respawn: how long the death of a worker costs. Kills workers, each of which holds a job, one after the other: from
 * SIGKILL until another worker has its slot and takes jobs, and until its job runs in another worker. Prints Markdown.
 *
 * BENCH_KILLS (50), BENCH_WORKERS (4), BENCH_PAUSE (1500: ms between kills; a slot whose workers die within a second has to pause),
 * BENCH_ENTRYPOINTS (this build: others, separated by commas, take turns with each other).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { startRedis } from "../scripts/redis.mjs";
import { ask } from "../src/admin/client.ts";
import type { Status } from "../src/protocol/status.ts";
import { eventually } from "../test/support/deadline.ts";
import { formatMs, markdownTable, percentile } from "./support/numbers.ts";

interface JobStart {
  readonly id: string;
  readonly pid: number;
  /** By the monotonic clock, in milliseconds. */
  readonly at: number;
}

interface Costs {
  readonly slotMs: number[];
  readonly jobMs: number[];
}

const kills = Number(process.env["BENCH_KILLS"] ?? 50);
const workers = Number(process.env["BENCH_WORKERS"] ?? 4);
const pauseMs = Number(process.env["BENCH_PAUSE"] ?? 1_500);
const ownBuild = path.join(import.meta.dirname, "../dist/entrypoint.mjs");
const builds = (process.env["BENCH_ENTRYPOINTS"] ?? ownBuild).split(",");
const app = path.join(import.meta.dirname, "processes/held-job-app.mjs");
const timeoutMs = 60_000;
const askEveryMs = 5;
let jobs = 0;

const redis = await startRedis();
const costs = new Map<string, Costs>(builds.map((build) => [build, { slotMs: [], jobMs: [] }]));
try {
  // Each build in two halves, in opposite orders.
  for (const [build, { slotMs, jobMs }] of [...costs, ...[...costs].toReversed()]) {
    const found = await killOneByOne(build, Math.ceil(kills / 2));
    slotMs.push(...found.slotMs);
    jobMs.push(...found.jobMs);
  }
} finally {
  await redis.stop();
}
const rows = [...costs].flatMap(([build, { slotMs, jobMs }]) =>
  [
    { what: "its slot takes jobs again", ms: slotMs },
    { what: "its job runs in another worker", ms: jobMs },
  ].map(({ what, ms }) => [
    builds.length === 1 ? what : `${what} (${build})`,
    ...[0.5, 0.9, 0.99].map((share) => formatMs(percentile(ms, share))),
  ]),
);
console.log(`Node ${process.version}. ${workers} workers, ${kills} kills.\n`);
console.log(markdownTable(["from SIGKILL until", "p50", "p90", "p99"], rows));

async function killOneByOne(build: string, times: number): Promise<Costs> {
  const child = spawn(process.execPath, [build, app], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      REDIS_URL: redis.url,
      WORKLOAD: `held x${workers}`,
      FORKER_ENGINE: "fork",
      FORKER_LOG_FORMAT: "json",
      ...(process.getuid?.() === 0 && { FORKER_USER: "root" }),
    },
  });
  const starts: JobStart[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.includes('"job started"')) starts.push(JSON.parse(line) as JobStart);
  });
  const queue = new Queue("held", { connection: { url: redis.url } });
  const found: Costs = { slotMs: [], jobMs: [] };
  try {
    await eventually(timeoutMs, "all ready", async () => (await statusOf(child.pid))?.keeper?.state === "ready");
    for (let time = 0; time < times; time++) {
      const id = `job-${++jobs}`;
      await queue.add("held", {}, { jobId: id });
      const running = await eventually(timeoutMs, "job started", () => starts.findLast((one) => one.id === id));
      await pause(pauseMs);
      const began = performance.now();
      const killedAt = Number(process.hrtime.bigint()) / 1e6;
      process.kill(running.pid, "SIGKILL");
      await allTake(child.pid, running.pid);
      found.slotMs.push(performance.now() - began);
      const again = await eventually(timeoutMs, "the job elsewhere", () => {
        return starts.findLast((one) => one.id === id && one.pid !== running.pid);
      });
      found.jobMs.push(again.at - killedAt);
      // Ends the worker that has the job now, so that one job at most is held.
      await queue.obliterate({ force: true });
      process.kill(again.pid, "SIGKILL");
      await allTake(child.pid, again.pid);
    }
    return found;
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
    await queue.close();
  }
}

async function statusOf(pid: number | undefined): Promise<Status | undefined> {
  return (await ask({ name: "status", brief: true }, pid).catch(() => undefined)) as Status | undefined;
}

async function allTake(pid: number | undefined, victim: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const status = await statusOf(pid);
    const pids = status?.slots.flatMap((slot) => slot.workers).map((worker) => worker.pid) ?? [];
    if (status?.ready === true && pids.length === workers && !pids.includes(victim)) return;
    if (performance.now() > end) throw new Error("a slot has no worker that takes jobs: timed out");
    await pause(askEveryMs);
  }
}
