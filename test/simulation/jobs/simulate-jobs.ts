// npm run simulate:jobs -- --seeds 1000 [--from 1]: runs worlds on all processors and prints each violation. --seed 42: replays one,
// shrunk to what its violation needs. --whole: does not shrink. --debug: shows debug lines and BullMQ's events. --mutations [--only A2]:
// breaks forker in each way of mutations/mutations.ts, and says which seed finds that.
import { spawn } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findMutations } from "./mutations/find-mutations.ts";
import { mayShow, mutations } from "./mutations/mutations.ts";
import { runJobsWorld } from "./run-jobs-world.ts";
import { describeFault } from "./scenario/apply-fault.ts";
import { drawJobsScenario } from "./scenario/draw-scenario.ts";
import { shrinkJobs } from "./shrink-jobs.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    every: { type: "string" },
    seed: { type: "string" },
    whole: { type: "boolean", default: false },
    debug: { type: "boolean", default: false },
    mutations: { type: "boolean", default: false },
    only: { type: "string" },
    /** Ends at the first violation. */
    first: { type: "boolean", default: false },
  },
});

if (values.mutations) process.exitCode = await findMutations(Number(values.seeds), values.only);
else if (values.seed !== undefined) await replay(Number(values.seed));
else if (values.every === undefined) await runOnAllProcessors();
else await runWorlds(Number(values.from), Number(values.seeds), Number(values.every));
process.exit();

async function replay(seed: number): Promise<void> {
  const scenario = drawJobsScenario(seed);
  const outcome = await runJobsWorld(scenario);
  const isShrunk = outcome.violation !== undefined && !values.whole;
  const shown = isShrunk ? await shrinkJobs(scenario, outcome) : { scenario, outcome };
  const { settings, jobs, faults } = shown.scenario;
  console.log(
    `world ${seed}: ${jobs.length} of ${scenario.jobs.length} jobs, ${faults.length} of ${scenario.faults.length} faults`,
  );
  for (const one of settings) console.log(`settings: ${JSON.stringify(one)}`);
  for (const fault of faults) console.log(`  ${(fault.atMs / 1_000).toFixed(3)} s  ${describeFault(fault)}`);
  console.log(shown.outcome.world.history.lines(values.debug).join("\n"));
  const { steps, hash, world } = shown.outcome;
  const seconds = (world.schedule.time.now / 1_000).toFixed(1);
  console.log(`${steps} steps, ${seconds} s, history ${hash.slice(0, 16)}: ${world.violation ?? "no violation"}`);
  process.exitCode = outcome.violation === undefined ? 0 : 1;
}

/** Runs every `every`th of these seeds. */
async function runWorlds(from: number, count: number, every: number): Promise<void> {
  const mutation = mutations.find(({ name }) => name === process.env["FORKER_MUTATION"]);
  for (let seed = from; seed < from + count; seed += every) {
    const scenario = drawJobsScenario(seed);
    if (mutation !== undefined && !mayShow(mutation, scenario)) continue;
    const { violation } = await runJobsWorld(scenario);
    if (violation === undefined) continue;
    console.log(`seed ${seed}: ${violation}`);
    process.exitCode = 1;
    if (values.first) return;
  }
}

async function runOnAllProcessors(): Promise<void> {
  const began = performance.now();
  const processors = os.availableParallelism();
  const count = Number(values.seeds);
  const codes = Array.from({ length: processors }, async (_, index) => {
    const own = ["--from", String(Number(values.from) + index), "--seeds", String(count - index)];
    const words = [fileURLToPath(import.meta.url), ...own, "--every", String(processors)];
    const child = spawn(process.execPath, words, { stdio: "inherit" });
    return await new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  });
  process.exitCode = Math.max(...(await Promise.all(codes)));
  const minutes = (performance.now() - began) / 60_000;
  console.log(`${count} worlds from seed ${values.from}: ${Math.round(count / minutes)} a minute`);
}
