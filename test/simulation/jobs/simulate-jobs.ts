// npm run simulate:jobs -- --seeds 1000 [--from 1]: runs worlds on all processors and prints each violation. --seed 42: replays one,
// shrunk to what its violation needs. --whole: does not shrink. --debug: shows debug lines and BullMQ's events. --mutations [--only A2]:
// breaks forker in each way of mutations/mutations.ts, and says which seed finds that.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runSeeds, seedOptions } from "../seeds.ts";
import { findMutations } from "./mutations/find-mutations.ts";
import { mayShow } from "./mutations/mutation.ts";
import { mutations } from "./mutations/mutations.ts";
import { runJobsWorld } from "./run-jobs-world.ts";
import { describeFault } from "./scenario/apply-fault.ts";
import { drawJobsScenario } from "./scenario/draw-scenario.ts";
import { shrinkJobs } from "./shrink-jobs.ts";

const { values } = parseArgs({
  options: {
    ...seedOptions,
    seed: { type: "string" },
    whole: { type: "boolean", default: false },
    debug: { type: "boolean", default: false },
    mutations: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

if (values.mutations) process.exitCode = await findMutations(Number(values.seeds), values.only);
else if (values.seed !== undefined) await replay(Number(values.seed));
else process.exitCode = await runSeeds(fileURLToPath(import.meta.url), values, violationOf);
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
  console.log(`${steps} steps, ${seconds} s, history ${hash().slice(0, 16)}: ${world.violation ?? "no violation"}`);
  process.exitCode = outcome.violation === undefined ? 0 : 1;
}

/** undefined: every invariant holds, or no world of this seed can show the mutation that this process simulates. */
async function violationOf(seed: number): Promise<string | undefined> {
  const scenario = drawJobsScenario(seed);
  const mutation = mutations.find(({ name }) => name === process.env["FORKER_MUTATION"]);
  if (mutation !== undefined && !mayShow(mutation, scenario)) return undefined;
  return (await runJobsWorld(scenario)).violation;
}
