/**
 * npm run bench:parity: the same work in a forked worker and in a plain process, alternately in random order, each with the
 * example application loaded. `first` is a new process's first run, `warm` a later one. A fork's heap was collected
 * before the fork, and V8's heuristics depend on the last full collection for a long time: `collected` is a plain process that
 * began with the same collection, and shows which part of a difference the fork causes. Prints Markdown; a ratio is plain time
 * divided by the compared time, so above 1 it is faster than plain.
 *
 * BENCH_ROUNDS (7 processes of each kind), BENCH_RUNS (40 in each process, of which the last half count as warm),
 * BENCH_WORKS (cpu,gc,io), BENCH_WAYS (collected,fork,warmed), BENCH_CPUS (all: the processors that every side may use),
 * BENCH_APPLICATION (examples/shop/workers.mjs: what is loaded first; none: only BullMQ).
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { startRedis } from "../scripts/redis.mjs";
import { native } from "../src/native/binding.ts";
import { formatMs, markdownTable, median } from "./support/numbers.ts";
import { within } from "./support/side.ts";
import { spawnTied } from "./support/spawn-tied.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 7);
const runs = Number(process.env["BENCH_RUNS"] ?? 40);
const works = (process.env["BENCH_WORKS"] ?? "cpu,gc,io").split(",");
const cpus =
  process.env["BENCH_CPUS"] ??
  os
    .cpus()
    .map((_, cpu) => cpu)
    .join(",");
const sideFile = path.join(import.meta.dirname, "parity/side.ts");
const application = process.env["BENCH_APPLICATION"] ?? path.join(import.meta.dirname, "../examples/shop/workers.mjs");
const stepTimeoutMs = 60_000;

const compared = ["collected", "fork", "warmed"] as const;
type Way = "plain" | (typeof compared)[number];
const asked = (process.env["BENCH_WAYS"] ?? compared.join(",")).split(",");

/** A template that has done I/O holds connections, and must not be forked. */
const waysOf = (work: string): readonly Way[] => [
  "plain",
  ...compared.filter((way) => asked.includes(way) && !(way === "warmed" && work === "io")),
];

interface Run {
  readonly ms: number;
  readonly cpuMs: number;
}

interface Side extends AsyncDisposable {
  run(): Promise<Run>;
}

interface Samples {
  readonly first: Run[];
  readonly warm: Run[];
}

native().becomeSubreaper();
const folder = await mkdtemp(path.join(os.tmpdir(), "forker-parity-"));
const redis = await startRedis();
const table: string[][] = [];
try {
  for (const work of works) table.push(...(await measure(work)));
} finally {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
}
const cpu = os.cpus()[0]?.model ?? "unknown processor";
console.log(
  `Node ${process.version}, ${cpu}, processors ${cpus} for each. Medians of ${rounds} processes on each side, alternating run by run.\n`,
);
const titles = { collected: "plain, collected", fork: "fork", warmed: "fork of a warmed template" };
const head = ["work", "run", "plain", ...compared.flatMap((way) => [titles[way], "ratio", "processor time: ratio"])];
console.log(markdownTable(head, table));

async function measure(work: string): Promise<string[][]> {
  const samples: Record<Way, Samples> = {
    plain: { first: [], warm: [] },
    collected: { first: [], warm: [] },
    fork: { first: [], warm: [] },
    warmed: { first: [], warm: [] },
  };
  const ways = waysOf(work);
  for (let round = 0; round < rounds; round += 1) {
    await using sides = new AsyncDisposableStack();
    const open = new Map<Way, Side>();
    for (const way of ways) open.set(way, sides.use(await startSide(way, work)));
    for (let run = 0; run < runs; run += 1) {
      for (const way of shuffled(ways)) {
        const one = await within(`${way} ${work}`, stepTimeoutMs, (open.get(way) as Side).run());
        if (run === 0) samples[way].first.push(one);
        else if (run >= runs / 2) samples[way].warm.push(one);
      }
    }
    console.error(`${work}: round ${round + 1} of ${rounds}`);
  }
  return (["first", "warm"] as const).map((when) => rowOf(work, when, samples));
}

/** Work that one side leaves to background threads slows down the next side, so the order is random. */
function shuffled(ways: readonly Way[]): Way[] {
  return ways
    .map((way) => ({ way, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ way }) => way);
}

function rowOf(work: string, when: keyof Samples, samples: Record<Way, Samples>): string[] {
  const ms = (way: Way) => median(samples[way][when].map((run) => run.ms));
  const cpuMs = (way: Way) => median(samples[way][when].map((run) => run.cpuMs));
  const ratio = (plain: number, ours: number) => (plain / ours).toFixed(2);
  const cells = compared.flatMap((way) =>
    waysOf(work).includes(way)
      ? [formatMs(ms(way)), ratio(ms("plain"), ms(way)), ratio(cpuMs("plain"), cpuMs(way))]
      : ["–", "–", "–"],
  );
  return [work, when, formatMs(ms("plain")), ...cells];
}

async function startSide(way: Way, work: string): Promise<Side> {
  const socketPath = path.join(folder, `${way}-${work}-${performance.now()}`);
  const server = net.createServer().listen(socketPath);
  await once(server, "listening");
  const words = ["-c", cpus, process.execPath, sideFile, way, work, socketPath, String(process.pid)];
  if (application !== "none") words.push(path.resolve(application));
  const child = spawnTied("taskset", words, {
    stdio: ["pipe", "inherit", "inherit"],
    env: { ...process.env, REDIS_URL: redis.url },
  });
  const died = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`${way} ${work} ended with ${String(code)}`)),
  );
  died.catch(() => undefined);
  const [socket] = (await within(
    `${way} ${work}`,
    stepTimeoutMs,
    Promise.race([once(server, "connection"), died]),
  )) as [net.Socket];
  server.close();
  return sideOf(child, socket);
}

async function sideOf(child: ChildProcess, socket: net.Socket): Promise<Side> {
  const lines = readline.createInterface({ input: socket })[Symbol.asyncIterator]();
  const next = async () => JSON.parse(((await lines.next()) as { value?: string }).value ?? "{}") as unknown;
  const { pid } = (await next()) as { pid: number };
  return {
    async run() {
      socket.write("run\n");
      return (await next()) as Run;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      socket.end();
      child.stdin?.end();
      await within("a side's end", stepTimeoutMs, ended);
      // The worker was forked: only this process waits for it.
      while (pid !== child.pid && native().reap(pid) === undefined)
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}
