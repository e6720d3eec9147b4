/**
 * npm run bench:pages: which actions of a worker make shared pages private, and how many. The example application is
 * loaded and forked; each worker does one thing. Prints Markdown.
 *
 * BENCH_ROUNDS (5), BENCH_WAYS (settled,two collections,not collected,warmed up: what the template does before the fork).
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { native } from "../src/native/binding.ts";
import { type MappedMemory, mappedMemoryOf, mappingKinds } from "./support/mappings.ts";
import { markdownTable, median } from "./support/numbers.ts";
import { spawnTied } from "./support/spawn-tied.ts";

interface Sample {
  readonly way: string;
  readonly cause: string;
  readonly before: MappedMemory;
  readonly after: MappedMemory;
}

const rounds = process.env["BENCH_ROUNDS"] ?? "5";
const ways = (process.env["BENCH_WAYS"] ?? "settled,two collections,not collected,warmed up").split(",");
const template = path.join(import.meta.dirname, "processes/pages-template.ts");
const pollMs = 1;

native().becomeSubreaper();
const samples: Sample[] = [];
for (const way of ways) samples.push(...(await measure(way)));
console.log(`Node ${process.version}. Medians of ${rounds} workers. Private memory, MB.\n`);
for (const way of ways) {
  const own = samples.filter((sample) => sample.way === way);
  const causes = [...new Set(own.map(({ cause }) => cause))];
  console.log(`### Template: ${way}\n`);
  const head = ["the worker does", "private before", "after", ...mappingKinds.map((kind) => `${kind}, more by`)];
  console.log(
    `${markdownTable(
      head,
      causes.map((cause) =>
        rowOf(
          cause,
          own.filter((one) => one.cause === cause),
        ),
      ),
    )}\n`,
  );
}

function rowOf(cause: string, own: readonly Sample[]): string[] {
  const of = (figure: (sample: Sample) => number) => median(own.map(figure)).toFixed(1);
  return [
    cause,
    of(({ before }) => before.privateMb),
    of(({ after }) => after.privateMb),
    ...mappingKinds.map((kind) =>
      of(({ before, after }) => after.kinds[kind].privateMb - before.kinds[kind].privateMb),
    ),
  ];
}

async function measure(way: string): Promise<Sample[]> {
  const found: Sample[] = [];
  const child = spawnTied(process.execPath, ["--disable-warning=ExperimentalWarning", template, way, rounds], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, BENCH_PID: String(process.pid), SHOP_REHEARSAL: "on", SHOP_WEBHOOK_SECRET: "whsec_bench" },
  });
  for await (const text of readline.createInterface({ input: child.stdout })) {
    const { cause, pid } = JSON.parse(text) as { cause: string; pid: number };
    const before = await lookAt(pid);
    process.kill(pid, "SIGCONT");
    const after = await lookAt(pid);
    process.kill(pid, "SIGCONT");
    found.push({ way, cause, before, after });
    while (native().reap(pid) === undefined) await pause(pollMs);
    child.stdin.write("next\n");
  }
  console.error(`${way}: ${found.length} workers`);
  return found;
}

/** Resolves once the value no longer changes. */
async function lookAt(pid: number): Promise<MappedMemory> {
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) await pause(pollMs);
  return mappedMemoryOf(pid);
}
