// npm run bench:board: the cost of board and keeper for each job. Compares the same worker without either, with a row on a board, and
// under the entrypoint with both, alternately on one private Redis, on a backlog of no-op jobs.
import path from "node:path";
import { parseArgs } from "node:util";
import { createBoard } from "../src/board/board-memory.ts";
import { startRedis } from "../test/support/redis.ts";
import { startWorker } from "../test/support/worker-harness.ts";
import { drainBacklog, type Side, sideOf } from "./support/backlog.ts";
import { markdownTable, median } from "./support/numbers.ts";
import { wholeForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, jobs: { type: "string", default: "6000" } },
});
const rounds = Number(values.rounds);
const backlog = Number(values.jobs);
const warmUpRounds = 2;
const concurrencies = [1, 10];
const app = path.join(import.meta.dirname, "throughput-app.mjs");

const redis = await startRedis();

async function worker(queue: string, concurrency: number, boardFd?: number): Promise<Side> {
  const settings = { appPath: app, logLevel: "error" as const };
  const options = { redisUrl: redis.url, queues: [queue], concurrency, settings };
  const started = await startWorker({ ...options, ...(boardFd !== undefined && { boardFd }) });
  await started.untilReady();
  return sideOf(started.pid, queue, redis.port, async () => await started[Symbol.asyncDispose]());
}

async function rowsOf(concurrency: number): Promise<string[][]> {
  const board = createBoard();
  if (board === undefined) throw new Error("expected the addon, which the board needs, got none; run npm run build");
  await using alone = await worker("alone", concurrency);
  await using onBoard = await worker("onBoard", concurrency, board.fd);
  await using whole = await wholeForker(["whole"], concurrency, redis.port);
  const sides = {
    "neither board nor keeper": alone,
    "a row on a board": onBoard,
    "board and keeper, under init": whole,
  };
  for (let round = -warmUpRounds; round < rounds; round++) {
    const turns = round % 2 === 0 ? Object.values(sides) : Object.values(sides).toReversed();
    for (const side of turns) await drainBacklog(side, backlog);
    if (round < 0) for (const side of turns) for (const cold of [side.perSecond, side.cpuMicroseconds]) cold.length = 0;
  }
  const reference = median(alone.perSecond);
  return Object.entries(sides).map(([name, { perSecond, cpuMicroseconds }]) => [
    String(concurrency),
    name,
    median(perSecond).toFixed(0),
    (median(perSecond) / reference).toFixed(2),
    median(cpuMicroseconds).toFixed(0),
  ]);
}

const table: string[][] = [];
for (const concurrency of concurrencies) table.push(...(await rowsOf(concurrency)));
process.stdout.write(
  `${backlog} no-op jobs, medians of ${rounds} alternating rounds.\n\n` +
    `${markdownTable(["concurrency", "the worker has", "jobs/s", "ratio", "its CPU µs/job"], table)}\n`,
);
await redis.close();
