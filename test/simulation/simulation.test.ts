// Simulated worlds: see docs/TESTING.md. New seeds are for npm run simulate: a fault that one of them finds is not a fault of the
// change under test.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runWorld } from "./run-world.ts";
import { drawScenario } from "./scenario/draw-scenario.ts";
import { kindOf } from "./shrink.ts";

const fixedSeeds = 100;

async function holds(seed: number): Promise<void> {
  const { violation, history } = await runWorld(drawScenario(seed));
  const last = history.lines().slice(-40).join("\n");
  assert.equal(violation, undefined, `seed ${seed}: run npm run simulate -- --seed ${seed}\n${last}`);
}

test("every invariant holds in the worlds of the fixed seeds", async () => {
  for (let seed = 1; seed <= fixedSeeds; seed++) await holds(seed);
});

describe("a world", () => {
  test("happens again with the same seed", async () => {
    const run = async () => (await runWorld(drawScenario(7))).history.lines(true);
    assert.deepEqual(await run(), await run());
  });

  test("in which init waits for a process without end violates an invariant", async () => {
    const scenario = drawScenario(1);
    const outcome = await runWorld({ ...scenario, faults: [] }, ({ supervisor, machine }) => {
      const worker = supervisor.world.workers.at(-1);
      if (worker !== undefined && machine.init.canRun) worker.pid = 99_999;
    });
    assert.match(kindOf(outcome) ?? "", /^init waits without end for process N/);
  });
});
