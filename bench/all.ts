// npm run bench: runs the benchmarks, each on a Redis of its own, prints one table of the aims, and writes the generated part of
// docs/PERFORMANCE.md. `npm run bench -- --brief` runs those with aims, with fewer rounds, in about ten minutes.
// `npm run bench -- idle discovery` runs these only, and writes nothing.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { type Benchmark, benchmarks } from "./support/benchmarks.ts";
import { formatMs, markdownTable } from "./support/numbers.ts";
import { readResults, recordingTo } from "./support/results.ts";
import { spawnTied } from "./support/spawn-tied.ts";

const document = path.join(import.meta.dirname, "../docs/PERFORMANCE.md");
const begin = "<!-- npm run bench writes this part. -->";
const end = "<!-- The end of that part. -->";

const { values, positionals: asked } = parseArgs({
  options: { brief: { type: "boolean", default: false } },
  allowPositionals: true,
});
const names = benchmarks.map(({ name }) => name);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`expected benchmarks of ${names.join(", ")}, got ${unknown.join(", ")}`);
  process.exit(64);
}
const chosen = benchmarks.filter(({ name, brief }) =>
  asked.length > 0 ? asked.includes(name) : !values.brief || brief !== undefined,
);
const folder = mkdtempSync(path.join(os.tmpdir(), "forker-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, "results");
const startedMs = performance.now();
const loadBefore = os.loadavg()[0] ?? 0;
const failed: string[] = [];
for (const one of chosen) if (!(await run(one))) failed.push(one.name);
const rows = readResults(file).map(({ what, measured, aim, ratio, isMet }) => [
  what,
  measured,
  aim,
  ratio.toFixed(2),
  isMet ? "yes" : "no",
]);
const conditions =
  `Node ${process.version}, ${os.availableParallelism()} processors, a load of ${loadBefore.toFixed(1)} before` +
  `${values.brief ? "; with few rounds (`--brief`)" : ""}.`;
const table = markdownTable(["what", "measured", "aim", "ratio", "met"], rows);
process.stdout.write(`${conditions}\n\n${table}\n`);
console.error(`all: ${formatMs(performance.now() - startedMs)}`);
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
else if (asked.length === 0) writePart(`\n${conditions}\n\n${table}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Resolves with whether it succeeded. Nothing that it has started is left. */
async function run({ name, brief }: Benchmark): Promise<boolean> {
  const beganMs = performance.now();
  const short = values.brief ? brief : undefined;
  const words = [path.join(import.meta.dirname, `${name}.ts`), ...(short?.words ?? [])];
  const child = spawnTied(process.execPath, words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...recordingTo(file), ...short?.environment },
  });
  const printed = text(child.stdout);
  const [code] = (await once(child, "exit")) as [number | null];
  process.stdout.write(`## ${name}\n\n${await printed}\n`);
  console.error(`bench:${name}: ${formatMs(performance.now() - beganMs)}${code === 0 ? "" : `, exit ${code}`}`);
  return code === 0;
}

function writePart(part: string): void {
  const page = readFileSync(document, "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected ${begin} … ${end} in ${document}`);
  writeFileSync(document, page.slice(0, from + begin.length) + `\n${part}\n` + page.slice(to));
}
