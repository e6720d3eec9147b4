/**
 * npm run bench:fork, second half: the cost of a fork by the size of the template, whose ballast is heap objects in one
 * series and buffers outside the heap in the other. One worker at a time. Prints Markdown, and draws docs/fork-cost.svg.
 *
 * BENCH_ROUNDS (40), BENCH_SIZES (75,100,200,400,700,1000: MB resident).
 */
import { writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { native } from "../src/native/binding.ts";
import { formatMs, markdownTable, percentile } from "./support/numbers.ts";
import { drawPlot, type Series } from "./support/plot.ts";
import { spawnTied } from "./support/spawn-tied.ts";

type Line =
  | { readonly event: "loaded"; readonly rssMb: number }
  | { readonly event: "done" }
  | { readonly event: "forked"; readonly pids: readonly number[]; readonly forkMs: number; readonly totalMs: number }
  | { readonly event: "ready"; readonly readyMs: number };

interface Sample {
  rssMb: number;
  readonly forkMs: number[];
  readonly totalMs: number[];
  readonly readyMs: number[];
}

const rounds = process.env["BENCH_ROUNDS"] ?? "40";
const sizes = (process.env["BENCH_SIZES"] ?? "75,100,200,400,700,1000").split(",");
const kinds = ["heap", "external"] as const;
const template = path.join(import.meta.dirname, "processes/fork-template.ts");
const picture = path.join(import.meta.dirname, "../docs/fork-cost.svg");
const pollMs = 1;

native().becomeSubreaper();
const rows: string[][] = [];
const series: Series[] = [];
for (const kind of kinds) {
  const samples: Sample[] = [];
  for (const size of sizes) samples.push(await measure(kind, size));
  rows.push(...samples.map((sample) => rowOf(kind, sample)));
  const points = (figure: "totalMs" | "readyMs") =>
    samples.map((sample) => ({ x: sample.rssMb, y: percentile(sample[figure], 0.5) }));
  series.push({ name: `worker is one, ${kind}`, points: points("readyMs") });
  series.push({ name: `template is free again, ${kind}`, points: points("totalMs") });
}
const cpu = os.cpus()[0]?.model ?? "unknown processor";
console.log(
  `Node ${process.version}, ${os.cpus().length} × ${cpu}. One worker for each fork, ${rounds} forks each, p50 / p99.\n`,
);
const head = ["ballast", "template resident", "fork(2)", "template is free again", "worker is one"];
console.log(markdownTable(head, rows));
await writeFile(picture, drawPlot({ title: "Cost of a fork, p50", x: "template, MB resident", y: "ms", series }));

async function measure(kind: string, size: string): Promise<Sample> {
  const sample: Sample = { rssMb: 0, forkMs: [], totalMs: [], readyMs: [] };
  const child = spawnTied(process.execPath, ["--max-old-space-size=4096", template, rounds, "1", "", kind, size], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const text of readline.createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    if (line.event === "loaded") sample.rssMb = line.rssMb;
    if (line.event === "ready") sample.readyMs.push(line.readyMs);
    if (line.event === "done") child.stdin.end();
    if (line.event !== "forked") continue;
    sample.forkMs.push(line.forkMs);
    sample.totalMs.push(line.totalMs);
    await ended(line.pids);
    child.stdin.write("next\n");
  }
  console.error(`${kind} ${size} MB`);
  return sample;
}

async function ended(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    while (native().reap(pid) === undefined) await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function rowOf(kind: string, { rssMb, forkMs, totalMs, readyMs }: Sample): string[] {
  const figures = [forkMs, totalMs, readyMs].map((ms) =>
    [0.5, 0.99].map((share) => formatMs(percentile(ms, share))).join(" / "),
  );
  return [kind, `${Math.round(rssMb)} MB`, ...figures];
}
