/**
 * npm run bench:fork, first half: how long a fork takes for the template, and until the worker is ready, with ioredis, BullMQ and
 * pino loaded. Batches run one after another: the next begins when all workers of the last have ended. Prints Markdown.
 *
 * BENCH_ROUNDS (100), BENCH_BATCHES (1,4,8), BENCH_MODULES (ioredis,bullmq,pino).
 */
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { native } from "../src/native/binding.ts";
import { formatMs, markdownTable, percentile } from "./support/numbers.ts";
import { spawnTied } from "./support/spawn-tied.ts";

type Line =
  | { readonly event: "loaded"; readonly rssMb: number }
  | { readonly event: "done" }
  | ({ readonly event: "forked"; readonly pids: readonly number[] } & Times)
  | { readonly event: "ready"; readonly count: number; readonly awakeMs: number; readonly readyMs: number };

interface Times {
  readonly count: number;
  readonly drainMs: number;
  readonly forkMs: number;
  readonly restartMs: number;
  readonly totalMs: number;
}

const rounds = process.env["BENCH_ROUNDS"] ?? "100";
const counts = process.env["BENCH_BATCHES"] ?? "1,4,8";
const modules = process.env["BENCH_MODULES"] ?? "ioredis,bullmq,pino";
const pollMs = 1;

const forked: Times[] = [];
const ready: Extract<Line, { event: "ready" }>[] = [];
const living = new Set<number>();

native().becomeSubreaper();
const file = path.join(import.meta.dirname, "processes/fork-template.ts");
const template = spawnTied(process.execPath, [file, rounds, counts, modules], { stdio: ["pipe", "pipe", "inherit"] });
for await (const text of readline.createInterface({ input: template.stdout })) await take(JSON.parse(text) as Line);

async function take(line: Line): Promise<void> {
  switch (line.event) {
    case "loaded": {
      const cpu = os.cpus()[0]?.model ?? "unknown processor";
      console.log(
        `Node ${process.version}, ${os.cpus().length} × ${cpu}; template: ${modules}, ${Math.round(line.rssMb)} MB resident.\n`,
      );
      return;
    }
    case "forked":
      forked.push(line);
      for (const pid of line.pids) living.add(pid);
      await allEnded();
      template.stdin.write("next\n");
      return;
    case "ready":
      ready.push(line);
      return;
    case "done":
      template.stdin.end();
      report();
  }
}

async function allEnded(): Promise<void> {
  while (living.size > 0) {
    for (const pid of living) if (native().reap(pid) !== undefined) living.delete(pid);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function report(): void {
  const columns: readonly (readonly [title: string, figures: (count: number) => number[]])[] = [
    ["stop V8's threads", (count) => of(forked, count).map((one) => one.drainMs)],
    ["fork", (count) => of(forked, count).map((one) => one.forkMs)],
    ["start them again", (count) => of(forked, count).map((one) => one.restartMs)],
    ["all pids known", (count) => of(forked, count).map((one) => one.totalMs)],
    ["worker's first JavaScript", (count) => of(ready, count).map((one) => one.awakeMs)],
    ["worker is one", (count) => of(ready, count).map((one) => one.readyMs)],
  ];
  const rows = counts
    .split(",")
    .map(Number)
    .map((count) => [
      String(count),
      ...columns.map(([, figures]) =>
        [0.5, 0.99].map((share) => formatMs(percentile(figures(count), share))).join(" / "),
      ),
    ]);
  console.log(markdownTable(["batch", ...columns.map(([title]) => `${title}, p50 / p99`)], rows));
}

function of<Sample extends { readonly count: number }>(samples: readonly Sample[], count: number): Sample[] {
  return samples.filter((sample) => sample.count === count);
}
