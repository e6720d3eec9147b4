// Simulated worlds of fixed seeds and of a few new ones: see docs/TESTING.md. npm run simulate runs more.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, test } from "node:test";
import type { History } from "./history.ts";
import { runWorld } from "./run-world.ts";
import { drawScenario } from "./scenario/draw-scenario.ts";
import { kindOf } from "./shrink.ts";

const fixedSeeds = 120;
const newSeeds = 5;
/** Each once violated an invariant. The histories of regressions.test.ts are those of others, written down. */
const regressions = [
  1_391, 1_548, 7_505_353, 7_515_467, 7_517_652, 7_518_544, 7_543_287, 7_806_892, 7_809_488, 7_810_773, 7_812_059,
  7_819_464,
];

async function holds(seed: number): Promise<History> {
  const { violation, history } = await runWorld(drawScenario(seed));
  const last = history.lines().slice(-40).join("\n");
  assert.equal(violation, undefined, `seed ${seed}: run npm run simulate -- --seed ${seed}\n${last}`);
  return history;
}

describe("every invariant holds in the worlds of", () => {
  for (const seed of regressions)
    test(`seed ${seed}`, async () => {
      await holds(seed);
    });

  test("a few new seeds", async (context) => {
    const seeds = Array.from({ length: newSeeds }, () => randomInt(10_000_000, 2 ** 40));
    context.diagnostic(`seeds ${seeds.join(", ")}`);
    for (const seed of seeds) await holds(seed);
  });

  test("the fixed seeds, in which every part of init is at work", async () => {
    const messages = new Set<string>();
    for (let seed = 1; seed <= fixedSeeds; seed++)
      for (const message of (await holds(seed)).messages) messages.add(message);
    // A model that falls behind the protocol is simulated less and less, and finds nothing.
    assert.deepEqual(
      expected.filter((message) => !messages.has(message)),
      [],
    );
  });
});

/** What init logs in some world. */
const expected = [
  "abandoned reload; the current generation stays",
  "activated generation",
  "drain waiters changed",
  "extended deadlines, because init was frozen",
  "failed jobs of a dead worker",
  "failed to fork worker",
  "failed to list children; orphans stay zombies",
  "failed to perform action",
  "failed to spawn keeper",
  "fell back to spawned workers",
  "gave up waiting for worker",
  "giving up",
  "handed back jobs of a dead worker",
  "ignored order: one worker always remains",
  "keeper did not start",
  "keeper exited",
  "keeper ready",
  "loaded generation",
  "recycling worker",
  "reload failed; the current generation stays",
  "replacing stuck worker",
  "replacing template that died",
  "reported end of drain",
  "sent SIGKILL to keeper",
  "sent SIGKILL to template",
  "sent SIGKILL to worker",
  "worker failed to start",
  "workers are spawned, not forked",
];

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
