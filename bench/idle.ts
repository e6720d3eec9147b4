// npm run bench:idle: the processor time of workers that have nothing to do: forked ones under the entrypoint and as many processes
// with a plain BullMQ Worker for the same queue, both at the same time.
import { once } from "node:events";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startRedis } from "../test/support/redis.ts";
import { cpuMsOf } from "./support/backlog.ts";
import { markdownTable, median } from "./support/numbers.ts";
import { record } from "./support/results.ts";
import { spawnTied } from "./support/spawn-tied.ts";
import { definitionForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "32" },
    rounds: { type: "string", default: "6" },
    /** After the start: V8's own collections of idle heaps are over. */
    settle: { type: "string", default: "6" },
  },
});
const count = Number(values.workers);
const roundMs = 5_000;
const aim = 1;

await using redis = await startRedis();

async function plainProcess(): Promise<{ readonly pid: number; end(): void }> {
  const file = path.join(import.meta.dirname, "throughput-plain.ts");
  const child = spawnTied(process.execPath, [file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, BENCH_WORKERS: JSON.stringify({ port: redis.port, queues: ["idle"], concurrency: 1 }) },
  });
  await once(child.stdout, "data");
  return { pid: child.pid ?? 0, end: () => child.kill("SIGKILL") };
}

const plain: { readonly pid: number; end(): void }[] = [];
try {
  // Two at a time: there are two cores.
  while (plain.length < count) plain.push(...(await Promise.all([plainProcess(), plainProcess()])));
  await using forker = await definitionForker(`idle x${count}`, redis.port);
  const sides = { forker: forker.workerPids, plain: plain.slice(0, count).map(({ pid }) => pid) };
  await pause(Number(values.settle) * 1_000);
  const shares: Record<keyof typeof sides, number[]> = { forker: [], plain: [] };
  const total = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = { forker: total(sides.forker), plain: total(sides.plain) };
    await pause(roundMs);
    for (const side of ["forker", "plain"] as const)
      shares[side].push(((total(sides[side]) - before[side]) / roundMs) * 100);
  }
  const [ours, theirs] = [median(shares.forker), median(shares.plain)];
  record({
    what: `${count} idle workers: processor time of all, of one core`,
    measured: `${ours.toFixed(2)} %`,
    aim: `${aim} %`,
    ratio: ours / aim,
    isMet: ours <= aim,
  });
  const row = [String(count), `${ours.toFixed(2)} %`, `${theirs.toFixed(2)} %`, (ours / theirs).toFixed(2), `${aim} %`];
  const head = ["idle workers", "forker, of one core", "plain", "ratio", "aim"];
  process.stdout.write(
    `Medians of ${values.rounds} rounds of ${roundMs / 1_000} s.\n\n${markdownTable(head, [row])}\n`,
  );
} finally {
  for (const one of plain) one.end();
}
