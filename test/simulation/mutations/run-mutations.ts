// npm run simulate:mutations [-- --worlds 3000] [--from 1] [--only PATTERN]: puts each fault of table.ts into a copy of init, and
// simulates worlds until one shows it. Exit code 1: a mutation survived, or could not be applied.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { edited, type Mutation } from "./mutation.ts";
import { mutations } from "./table.ts";

const { values } = parseArgs({
  options: {
    worlds: { type: "string", default: "3000" },
    from: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const root = path.resolve(import.meta.dirname, "../../..");
/** A survivor runs all its worlds. */
const longestRunMs = 3_600_000;

interface Result {
  readonly isFound: boolean;
  /** What the simulation printed. */
  readonly text: string;
}

const chosen = mutations.filter(({ name }) => new RegExp(values.only).test(name));
const waiting = [...chosen];
let survivors = 0;
await Promise.all(Array.from({ length: os.availableParallelism() }, runWaiting));
console.log(`${chosen.length} mutations, at most ${values.worlds} worlds each; ${survivors} survived that should not`);
process.exitCode = survivors === 0 && chosen.length > 0 ? 0 : 1;

async function runWaiting(): Promise<void> {
  for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
    const { isFound, text } = await run(mutation);
    const { name, isEquivalent } = mutation;
    if (!isFound && isEquivalent === undefined) survivors += 1;
    const verdict = isFound ? "found" : isEquivalent === undefined ? "SURVIVED" : "equivalent";
    console.log(`${verdict.padEnd(10)} ${name}\n           ${isFound ? text : (isEquivalent ?? text)}`);
  }
}

/** Runs the worlds in a temporary copy, so that nothing here changes. */
async function run({ edits }: Mutation): Promise<Result> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-mutation-"));
  try {
    for (const part of ["src", "test/simulation", "test/support", "package.json"])
      cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
    for (const part of ["node_modules", "dist"]) symlinkSync(path.join(root, part), path.join(folder, part));
    for (const edit of edits) {
      const file = path.join(folder, edit.file);
      writeFileSync(file, edited(readFileSync(file, "utf8"), edit));
    }
    return await simulate(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function simulate(folder: string): Promise<Result> {
  const words = [
    "test/simulation/simulate.ts",
    "--every",
    "1",
    "--until-found",
    "--from",
    values.from,
    "--seeds",
    values.worlds,
  ];
  const child = spawn(process.execPath, words, {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: longestRunMs,
  });
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const first = text.split("\n", 1)[0] ?? "";
  const seed = Number(/^seed (\d+):/.exec(first)?.[1]);
  if (code === 0) return { isFound: false, text: `${values.worlds} worlds` };
  if (Number.isNaN(seed)) return { isFound: false, text: `the simulation failed: ${text}` };
  return { isFound: true, text: `${seed - Number(values.from) + 1} worlds, ${first.slice(0, 200)}` };
}
