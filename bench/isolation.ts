/**
 * npm run bench:isolation: what a process of its own costs a job that does nothing. Prints Markdown.
 *
 * `--parts one,ten`: one and ten jobs at a time, on forker without and with isolation, BullMQ's sandbox as it is, which keeps its
 * processes, and BullMQ's sandbox with its process ended after each job. `--parts 130MB,1GB`: forker with templates of that size.
 * `--parts rates`: forker with a steady stream of jobs, 10, 20 and 40 a second, none of which waits for another's end.
 * `--parts bursts`: ten jobs at once, twice a second.
 * The sides of a part take turns, round by round, on one private Redis, for `--seconds`.
 */
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { QueueEvents } from "bullmq";
import { startRedis } from "../test/support/redis.ts";
import { drainBacklog, type Side, sideOf } from "./support/backlog.ts";
import { formatMs, markdownTable, median, percentile } from "./support/numbers.ts";
import { processorMs, treeOf } from "./support/proc.ts";
import { spawnTied } from "./support/spawn-tied.ts";
import { wholeForker } from "./support/whole-forker.ts";

interface Part {
  readonly together: number;
  readonly sides: readonly string[];
  readonly templateMb?: number;
  /** Jobs are added at this rate, whether earlier ones have ended or not. undefined: `together` at a time, and then the next ones. */
  readonly rate?: number;
  /** `together` jobs are added at once, this often, whether earlier ones have ended or not. */
  readonly burstEveryMs?: number;
}

const plain = "forker, not isolated";
const isolated = "forker, isolation: job";
const sandboxEnded = "BullMQ's sandbox, process ended";
const parts: Readonly<Record<string, readonly Part[]>> = {
  one: [{ together: 1, sides: [plain, isolated, "BullMQ's sandbox", sandboxEnded] }],
  ten: [{ together: 10, sides: [plain, isolated, "BullMQ's sandbox", sandboxEnded] }],
  rates: [10, 20, 40].map((rate) => ({ together: 10, sides: [plain, isolated], rate })),
  bursts: [{ together: 10, sides: [plain, isolated], burstEveryMs: 500 }],
  "130MB": [1, 10].map((together) => ({ together, sides: [plain, isolated], templateMb: 130 })),
  "1GB": [1, 10].map((together) => ({ together, sides: [plain, isolated], templateMb: 1_000 })),
};

const { values } = parseArgs({
  options: {
    parts: { type: "string", default: Object.keys(parts).join(",") },
    /** How long each table is measured, from when its sides have started. A round that has begun ends. */
    seconds: { type: "string", default: "60" },
    /** Jobs of a round whose time is measured. */
    jobs: { type: "string", default: "100" },
    backlog: { type: "string", default: "300" },
  },
});
const [seconds, jobs, backlog] = [Number(values.seconds), Number(values.jobs), Number(values.backlog)];
const jobTimeoutMs = 60_000;
/** How long a round of a steady stream takes. */
const steadySeconds = 5;
/** A side that starts a Node for each job gets fewer of them. */
const slowerBy = 10;

const app = path.join(import.meta.dirname, "processes/isolation-app.mjs");
const redis = await startRedis();

for (const name of values.parts.split(",")) {
  const found = parts[name];
  if (found === undefined) throw new Error(`--parts: expected ${Object.keys(parts).join(", ")}, got ${name}`);
  for (const part of found) console.log(`${await measure(name, part)}\n`);
}
await redis.close();

interface Measured extends Side {
  readonly name: string;
  readonly events: QueueEvents;
  /** Of all its processes, for a job from a backlog. */
  readonly processorMs: number[];
}

async function measure(part: string, measured: Part): Promise<string> {
  const { together, sides: names, templateMb, rate, burstEveryMs } = measured;
  const sides: Measured[] = [];
  for (const [number, name] of names.entries())
    sides.push(await open(name, `bench-${part}-${rate ?? together}-${number}`, together, templateMb));
  const end = performance.now() + seconds * 1_000;
  let rounds = 0;
  // The first round is not counted: it warms all sides up.
  do {
    for (const side of sides) {
      if (rounds === 1) for (const list of [side.pickUpMs, side.perSecond, side.processorMs]) list.length = 0;
      if (rate !== undefined) await steadyRound(side, 1, 1_000 / rate);
      else if (burstEveryMs !== undefined) await steadyRound(side, together, burstEveryMs);
      else await round(side, together);
    }
  } while (++rounds < 2 || performance.now() < end);
  const [load = 0] = os.loadavg();
  const stream = describe(measured);
  const head = `${stream}${templateMb === undefined ? "" : `, a template of ${templateMb} MB`}`;
  const note = `${rounds - 1} rounds, Node ${process.version}, load ${load.toFixed(1)} on ${os.cpus().length} processors`;
  const table = markdownTable(
    [head, "p50", "p99", "added p50", "added p99", "jobs a second", "processor time a job"],
    sides.map((side) => rowOf(side, sides)),
  );
  for (const side of sides) {
    await side.events.close();
    await side[Symbol.asyncDispose]();
  }
  return `${table}\n\n${note}`;
}

function describe({ together, rate, burstEveryMs }: Part): string {
  if (rate !== undefined) return `${rate} a second`;
  if (burstEveryMs !== undefined) return `${together} at once, every ${burstEveryMs} ms`;
  return `${together} at a time`;
}

async function open(name: string, queue: string, together: number, templateMb = 0): Promise<Measured> {
  const side = await starts(name, queue, together, templateMb);
  const events = new QueueEvents(queue, { connection: { port: redis.port } });
  await events.waitUntilReady();
  // Each wait for a job adds one, and a stream waits for many.
  side.queue.setMaxListeners(0);
  return { ...side, [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](), name, events, processorMs: [] };
}

async function starts(name: string, queue: string, together: number, templateMb: number): Promise<Side> {
  if (name.startsWith("BullMQ")) return await sandbox(queue, together, name === sandboxEnded);
  const isolation = name === isolated ? { FORKER_ISOLATION: "*" } : {};
  const environment = { BENCH_TEMPLATE_MB: String(templateMb), ...isolation };
  return await wholeForker([queue], together, redis.port, environment, app);
}

async function sandbox(queue: string, concurrency: number, endsProcess: boolean): Promise<Side> {
  const child = spawnTied(process.execPath, [path.join(import.meta.dirname, "isolation-sandbox.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, BENCH_WORKER: JSON.stringify({ port: redis.port, queue, concurrency, endsProcess }) },
  });
  await once(child.stdout, "data");
  return sideOf(child.pid ?? 0, queue, redis.port, async () => {
    child.kill("SIGTERM");
    await once(child, "exit");
  });
}

async function round(side: Measured, together: number): Promise<void> {
  const share = side.name === sandboxEnded ? slowerBy : 1;
  await time(side, together, Math.ceil(jobs / share));
  const before = processorMs(treeOf(side.rootPid));
  const count = Math.ceil(backlog / share);
  await drainBacklog(side, count);
  side.processorMs.push((processorMs(treeOf(side.rootPid)) - before) / count);
}

/** `together` jobs are added every `everyMs`. */
async function steadyRound(side: Measured, together: number, everyMs: number): Promise<void> {
  const turns = Math.round((steadySeconds * 1_000) / everyMs);
  const count = turns * together;
  const before = processorMs(treeOf(side.rootPid));
  const began = performance.now();
  const jobsAdded: Promise<void>[] = [];
  for (let turn = 0; turn < turns; turn++) {
    await setTimeout(Math.max(0, began + turn * everyMs - performance.now()));
    for (let added = 0; added < together; added++) jobsAdded.push(timeOne(side));
  }
  await Promise.all(jobsAdded);
  side.perSecond.push((count * 1_000) / (performance.now() - began));
  side.processorMs.push((processorMs(treeOf(side.rootPid)) - before) / count);
  await side.queue.clean(0, 10_000, "completed");
}

/** `together` jobs are added at a time. */
async function time(side: Measured, together: number, count: number): Promise<void> {
  for (let done = 0; done < count; done += together)
    await Promise.all(Array.from({ length: together }, () => timeOne(side)));
  await side.queue.clean(0, 10_000, "completed");
}

/** From before the job is added in this process until this process hears of its end. */
async function timeOne({ queue, pickUpMs, events }: Measured): Promise<void> {
  const began = performance.now();
  const job = await queue.add("job", {});
  await job.waitUntilFinished(events, jobTimeoutMs);
  pickUpMs.push(performance.now() - began);
}

function rowOf({ name, pickUpMs, perSecond, processorMs: spent }: Measured, [first]: readonly Measured[]): string[] {
  const added = (share: number) => formatMs(percentile(pickUpMs, share) - percentile(first?.pickUpMs ?? [], share));
  return [
    name,
    formatMs(percentile(pickUpMs, 0.5)),
    formatMs(percentile(pickUpMs, 0.99)),
    name === plain ? "" : added(0.5),
    name === plain ? "" : added(0.99),
    String(Math.round(median(perSecond))),
    formatMs(median(spent)),
  ];
}
