// npm run simulate:mutations [-- --worlds 3000] [--from 1] [--only PATTERN] [--processors 2] [--results FILE] [--table]: breaks init in
// each of the ways that table.ts lists, and simulates worlds until one shows it. With a file of results, goes on where an earlier run
// has ended: a mutation that was found is not run again, and one that was not runs the worlds that it has not had. --table only prints
// the file. Exit code 1: a mutation survived, or could not be applied.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Mutation } from "./mutation.ts";
import { type Result, Results } from "./results.ts";
import { mutations } from "./table.ts";

const { values } = parseArgs({
  options: {
    worlds: { type: "string", default: "3000" },
    from: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    processors: { type: "string", default: String(os.availableParallelism()) },
    results: { type: "string" },
    table: { type: "boolean", default: false },
  },
});
const longestCell = 140;
const simulate = path.join(import.meta.dirname, "../simulate.ts");
const mutate = path.join(import.meta.dirname, "mutate-source.ts");

/** So that only the first process compiles what the mutations leave as it is. */
const compileCache = mkdtempSync(path.join(os.tmpdir(), "forker-mutations-"));
process.on("exit", () => rmSync(compileCache, { recursive: true, force: true }));

const worldsAtMost = Number(values.worlds);
const results = new Results(values.results);
const chosen = mutations.filter(({ name }) => new RegExp(values.only).test(name));
if (values.table)
  console.log(
    ["| mutation | seed | worlds | violation |", "| --- | ---: | ---: | --- |", ...chosen.map(row)].join("\n"),
  );
else await runChosen();

async function runChosen(): Promise<void> {
  const waiting = chosen.filter(({ name, isEquivalent }) => {
    const { seed, worlds = 0 } = results.of(name) ?? {};
    return isEquivalent === undefined && seed === undefined && worlds < worldsAtMost;
  });
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await run(next, results.of(next.name)?.worlds ?? 0);
      results.add(result);
      console.log(`${result.seed === undefined ? "SURVIVED" : "found   "} ${next.name}\n         ${textOf(result)}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.processors) }, work));
  const survivors = chosen.filter((one) => one.isEquivalent === undefined && results.of(one.name)?.seed === undefined);
  console.log(
    `${chosen.length} mutations, at most ${worldsAtMost} worlds each; ${survivors.length} survived that should not`,
  );
  process.exitCode = survivors.length === 0 && chosen.length > 0 ? 0 : 1;
}

/** `worldsBefore`: how many worlds have not found it. */
async function run({ name }: Mutation, worldsBefore: number): Promise<Result> {
  const first = Number(values.from) + worldsBefore;
  const seeds = ["--from", String(first), "--seeds", String(worldsAtMost - worldsBefore)];
  const child = spawn(process.execPath, ["--import", mutate, simulate, "--every", "1", "--until-found", ...seeds], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FORKER_MUTATION: name, NODE_COMPILE_CACHE: compileCache },
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code === 0) return { name, worlds: worldsAtMost };
  const [, seed, violation] = /^seed (\d+): (.*)/.exec(text) ?? [];
  if (seed === undefined) throw new Error(`the simulation of mutation "${name}" ended with ${code}: ${text}`);
  const worlds = Number(seed) - Number(values.from) + 1;
  return { name, seed: Number(seed), worlds, ...(violation !== undefined && { violation: violation.slice(0, 200) }) };
}

function textOf({ seed, worlds, violation }: Result): string {
  return seed === undefined ? `${worlds} worlds` : `${worlds} worlds, seed ${seed}: ${violation}`;
}

function row({ name, isEquivalent }: Mutation): string {
  const { seed, worlds, violation } = results.of(name) ?? {};
  if (isEquivalent !== undefined) return `| ${name} | | | no world can show it |`;
  const found = violation === undefined ? (worlds === undefined ? "not run" : "none found") : cell(violation);
  return `| ${name} | ${seed ?? ""} | ${worlds ?? ""} | ${found} |`;
}

/** A violation without what differs from run to run, in one cell. */
function cell(violation: string): string {
  const [what = ""] = violation.split(/ \(after [\d.]+ s, exit | at .*file:/);
  return what.replaceAll("|", "\\|").slice(0, longestCell).trim();
}
