/**
 * npm run bench:respawn: how long the death of a worker costs. Kills workers, each of which holds a job, one after the other: from
 * SIGKILL until another worker has its slot and takes jobs, and until its job runs in another worker. The victim has completed a job,
 * so that its slot has no pause. Prints Markdown.
 *
 * BENCH_KILLS (50), BENCH_WORKERS (4), BENCH_PAUSE (1500: ms between kills; a slot whose workers die within a second has to pause),
 * BENCH_ENTRYPOINTS (this build: others, separated by commas, take turns with each other), BENCH_SPARE (0,1: without and with a spare,
 * which take turns as well).
 */
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
import { record } from "./support/results.ts";
import { spawnTied } from "./support/spawn-tied.ts";

interface JobStart {
  readonly id: string;
  readonly pid: number;
  /** By the monotonic clock, in milliseconds. */
  readonly at: number;
}

interface Variant {
  readonly build: string;
  /** FORKER_SPARE. */
  readonly spare: string;
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
const spares = (process.env["BENCH_SPARE"] ?? "0,1").split(",");
const variants = builds.flatMap((build) => spares.map((spare): Variant => ({ build, spare })));
const app = path.join(import.meta.dirname, "processes/held-job-app.mjs");
const timeoutMs = 60_000;
const askEveryMs = 5;
const shortJobsMs = 200;
let jobs = 0;
const redis = await startRedis();
const costs = new Map<Variant, Costs>(variants.map((variant) => [variant, { slotMs: [], jobMs: [] }]));
try {
  // Each variant in two halves, in opposite orders.
  for (const [variant, { slotMs, jobMs }] of [...costs, ...[...costs].toReversed()]) {
    const found = await killOneByOne(variant, Math.ceil(kills / 2));
    slotMs.push(...found.slotMs);
    jobMs.push(...found.jobMs);
  }
} finally {
  await redis.stop();
}
for (const [{ build, spare }, { slotMs, jobMs }] of costs) {
  const name = `${builds.length === 1 ? "" : `${build}: `}${spare === "1" ? "with" : "without"} a spare, SIGKILL until`;
  recordAim(`${name} its slot takes jobs again, p50`, percentile(slotMs, 0.5), 20);
  recordAim(`${name} its slot takes jobs again, p99`, percentile(slotMs, 0.99), 100);
  recordAim(`${name} its job runs in another worker, p50`, percentile(jobMs, 0.5), 30);
}
const rows = [...costs].flatMap(([{ build, spare }, { slotMs, jobMs }]) =>
  [
    { what: "its slot takes jobs again", ms: slotMs },
    { what: "its job runs in another worker", ms: jobMs },
  ].map(({ what, ms }) => [
    builds.length === 1 ? what : `${what} (${build})`,
    spare === "1" ? "yes" : "no",
    ...[0.5, 0.9, 0.99].map((share) => formatMs(percentile(ms, share))),
  ]),
);
console.log(`Node ${process.version}. ${workers} workers, ${kills} kills.\n`);
console.log(markdownTable(["from SIGKILL until", "spare", "p50", "p90", "p99"], rows));

function recordAim(what: string, ms: number, aimMs: number): void {
  record({ what, measured: formatMs(ms), aim: formatMs(aimMs), ratio: ms / aimMs, isMet: ms <= aimMs });
}

async function killOneByOne({ build, spare }: Variant, times: number): Promise<Costs> {
  const child = spawnTied(process.execPath, [build, app], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      REDIS_URL: redis.url,
      WORKLOAD: `held x${workers}`,
      FORKER_ENGINE: "fork",
      FORKER_SPARE: spare,
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
    if (spare === "1")
      await eventually(
        timeoutMs,
        "spare ready",
        async () => (await statusOf(child.pid))?.spares[0]?.connected === true,
      );
    for (let time = 0; time < times; time++) {
      await eventually(timeoutMs, "a job of each worker", () => allHaveCompleted(queue, child.pid));
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

/** Adds jobs that end soon, as many as there are workers. */
async function allHaveCompleted(queue: Queue, pid: number | undefined): Promise<boolean> {
  const status = await statusOf(pid);
  const current = status?.slots.flatMap((slot) => slot.workers) ?? [];
  if (current.length === workers && current.every(({ finished }) => finished > 0)) return true;
  await queue.addBulk(Array.from({ length: workers }, () => ({ name: "short", data: {} })));
  await pause(shortJobsMs);
  return false;
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
