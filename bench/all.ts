// npm run bench: runs the benchmarks, each on a Redis of its own, prints one table of the aims, and writes the generated part of
// docs/PERFORMANCE.md. `npm run bench -- idle discovery` runs these only, and writes nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { markdownTable } from "./support/numbers.ts";
import { readResults, recordingTo } from "./support/results.ts";

const names = [
  "throughput",
  "idle",
  "discovery",
  "limits",
  "board",
  "boot",
  "nest",
  "fork",
  "fork-size",
  "memory",
  "pages",
  "parity",
];
const document = path.join(import.meta.dirname, "../docs/PERFORMANCE.md");
const begin = "<!-- npm run bench writes this part. -->";
const end = "<!-- The end of that part. -->";

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`expected benchmarks of ${names.join(", ")}, got ${unknown.join(", ")}`);
  process.exit(64);
}

const folder = mkdtempSync(path.join(os.tmpdir(), "forker-bench-"));
const file = path.join(folder, "results");
const failed: string[] = [];
for (const name of asked.length > 0 ? asked : names) {
  console.error(`bench:${name}`);
  const child = spawn(process.execPath, [path.join(import.meta.dirname, `${name}.ts`)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: recordingTo(file),
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  process.stdout.write(`## ${name}\n\n${printed}\n`);
  if (code !== 0) failed.push(name);
}
const rows = readResults(file).map(({ what, measured, aim, ratio, isMet }) => [
  what,
  measured,
  aim,
  ratio.toFixed(2),
  isMet ? "yes" : "no",
]);
rmSync(folder, { recursive: true });
const table = markdownTable(["what", "measured", "aim", "ratio", "met"], rows);
process.stdout.write(`${table}\n`);
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
else if (asked.length === 0) writePart(`\n${table}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

function writePart(part: string): void {
  const page = readFileSync(document, "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected ${begin} … ${end} in ${document}`);
  writeFileSync(document, page.slice(0, from + begin.length) + `\n${part}\n` + page.slice(to));
}
