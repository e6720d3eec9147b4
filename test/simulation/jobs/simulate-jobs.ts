// npm run simulate:jobs -- --seeds 1000 [--from 1]: runs worlds and prints each violation. --seed 42: replays one.
import { parseArgs } from "node:util";
import { runJobsWorld } from "./run-jobs-world.ts";
import { drawJobsScenario } from "./scenario/draw-scenario.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    debug: { type: "boolean", default: false },
  },
});

if (values.seed !== undefined) {
  const { world, hash, steps } = await runJobsWorld(drawJobsScenario(Number(values.seed)));
  console.log(world.history.lines(values.debug).join("\n"));
  console.log(`${steps} steps, hash ${hash}, ${world.violation ?? "no violation"}`);
} else {
  const began = performance.now();
  for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed++) {
    const { violation } = await runJobsWorld(drawJobsScenario(seed));
    if (violation !== undefined) console.log(`seed ${seed}: ${violation}`);
  }
  const minutes = (performance.now() - began) / 60_000;
  console.log(`${values.seeds} worlds: ${Math.round(Number(values.seeds) / minutes)} a minute`);
}
process.exit();
