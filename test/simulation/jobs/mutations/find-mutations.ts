import { spawn } from "node:child_process";
import os from "node:os";
import path from "node:path";
import type { Mutation } from "./mutation.ts";
import { mutations } from "./mutations.ts";

const simulate = path.join(import.meta.dirname, "../simulate-jobs.ts");
const mutate = path.join(import.meta.dirname, "mutate-source.ts");

/** Prints which seed finds each mutation. Resolves with 1 if one is not found. */
export async function findMutations(seeds: number, only: string | undefined): Promise<number> {
  const waiting = mutations.filter(({ name }) => only === undefined || only.split(",").includes(name));
  let survivors = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const found = await find(next, seeds);
      if (found === undefined) survivors += 1;
      console.log(`${next.name.padEnd(4)} ${found ?? `SURVIVES ${seeds} seeds`}   (${next.what})`);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  return survivors === 0 ? 0 : 1;
}

/** What the first violation is. undefined: no seed finds the mutation. */
async function find({ name }: Mutation, seeds: number): Promise<string | undefined> {
  const words = ["--import", mutate, simulate, "--every", "1", "--until-found", "--seeds", String(seeds)];
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FORKER_MUTATION: name },
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("exit", resolve));
  const line = text.split("\n").find((one) => one.startsWith("seed "));
  if (line === undefined && code !== 0) throw new Error(`mutation ${name} ended with ${code}`);
  return line?.slice(0, 160);
}
