// npm run simulate -- --seeds 1000 [--from 1]: runs worlds and prints each violation. --seed 42: replays one, shrunk to the fewest
// faults. --whole: does not shrink. --debug: shows init's debug lines too.
import { spawn } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Outcome, runWorld } from "./run-world.ts";
import { describeScenario } from "./scenario/describe-scenario.ts";
import { drawScenario } from "./scenario/draw-scenario.ts";
import { shrink } from "./shrink.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    every: { type: "string" },
    seed: { type: "string" },
    "until-found": { type: "boolean", default: false },
    whole: { type: "boolean", default: false },
    debug: { type: "boolean", default: false },
  },
});

if (values.seed !== undefined) await replay(Number(values.seed));
else if (values.every === undefined) await runOnAllProcessors();
else await runWorlds(Number(values.from), Number(values.seeds), Number(values.every));

async function replay(seed: number): Promise<void> {
  const scenario = drawScenario(seed);
  const outcome = await runWorld(scenario);
  const isShrunk = outcome.violation !== undefined && !values.whole;
  const shown = isShrunk ? await shrink(scenario, outcome) : { scenario, outcome };
  console.log(describeScenario(shown.scenario, scenario.faults.length).join("\n"));
  console.log(shown.outcome.history.lines(values.debug).join("\n"));
  report(seed, outcome);
}

/** Runs every `every`th of these seeds. */
async function runWorlds(from: number, count: number, every: number): Promise<void> {
  let violations = 0;
  for (let seed = from; seed < from + count; seed += every) {
    const outcome = await runWorld(drawScenario(seed));
    if (outcome.violation !== undefined) violations += 1;
    report(seed, outcome);
    if (violations > 0 && values["until-found"]) break;
  }
  process.exitCode = violations === 0 ? 0 : 1;
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

function report(seed: number, { violation, exit, virtualMs }: Outcome): void {
  if (violation === undefined) return;
  process.exitCode = 1;
  console.log(`seed ${seed}: ${violation} (after ${(virtualMs / 1_000).toFixed(1)} s, exit ${exit ?? "none"})`);
}
