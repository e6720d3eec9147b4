// npm run simulate -- --seeds 1000 [--from 1] [--processors 2]: runs worlds and prints each violation. --seed 42: replays one, shrunk
// to the fewest faults. --whole: does not shrink. --debug: shows init's debug lines too.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Outcome, runWorld } from "./run-world.ts";
import { describeScenario } from "./scenario/describe-scenario.ts";
import { drawScenario } from "./scenario/draw-scenario.ts";
import { runSeeds, seedOptions } from "./seeds.ts";
import { shrink } from "./shrink.ts";

const { values } = parseArgs({
  options: {
    ...seedOptions,
    seed: { type: "string" },
    whole: { type: "boolean", default: false },
    debug: { type: "boolean", default: false },
  },
});

if (values.seed !== undefined) await replay(Number(values.seed));
else {
  const program = fileURLToPath(import.meta.url);
  process.exitCode = await runSeeds(program, values, async (seed) => violationOf(await runWorld(drawScenario(seed))));
}

async function replay(seed: number): Promise<void> {
  const scenario = drawScenario(seed);
  const outcome = await runWorld(scenario);
  const isShrunk = outcome.violation !== undefined && !values.whole;
  const shown = isShrunk ? await shrink(scenario, outcome) : { scenario, outcome };
  console.log(describeScenario(shown.scenario, scenario.faults.length).join("\n"));
  console.log(shown.outcome.history.lines(values.debug).join("\n"));
  const violation = violationOf(outcome);
  console.log(`seed ${seed}: ${violation ?? "every invariant holds"}`);
  process.exitCode = violation === undefined ? 0 : 1;
}

function violationOf({ violation, exit, virtualMs }: Outcome): string | undefined {
  if (violation === undefined) return undefined;
  return `${violation.trimEnd()} (after ${(virtualMs / 1_000).toFixed(1)} s, exit ${exit ?? "none"})`;
}
