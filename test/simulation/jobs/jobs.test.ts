// Worlds in which the real init, keeper and workers run over the model of Redis: see docs/TESTING.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { mutations } from "./mutations/mutations.ts";
import { runJobsWorld } from "./run-jobs-world.ts";
import { drawJobsScenario } from "./scenario/draw-scenario.ts";

const fixedSeeds = 15;

async function holds(seed: number): Promise<void> {
  const { violation, world } = await runJobsWorld(drawJobsScenario(seed));
  const last = world.history.lines().slice(-40).join("\n");
  assert.equal(violation, undefined, `seed ${seed}: run npm run simulate:jobs -- --seed ${seed}\n${last}`);
}

test("every invariant holds in the worlds of the fixed seeds", async () => {
  for (let seed = 1; seed <= fixedSeeds; seed++) await holds(seed);
});

describe("a world of jobs", () => {
  test("happens again with the same seed", async () => {
    const [one, other] = [await runJobsWorld(drawJobsScenario(26)), await runJobsWorld(drawJobsScenario(26))];
    assert.equal(one.hash, other.hash, "the histories differ");
    assert.ok(one.steps > 1_000);
  });

  test("in which a job is removed behind forker's back violates an invariant", async () => {
    const { jobs, ...scenario } = drawJobsScenario(2);
    const data = { kind: "good", runMs: 1_000 } as const;
    const { violation } = await runJobsWorld(
      { ...scenario, faults: [], jobs: [{ atMs: 5_000, queue: "usual", data }] },
      (world) => {
        for (const key of ["bull:usual:j0", "bull:usual:completed"]) world.server.keys().remove(key);
      },
    );
    assert.match(violation ?? "", /is lost$/);
    assert.ok(jobs.length > 0);
  });
});

test("the text that each mutation replaces is in its file, once", () => {
  for (const { name, file, from } of mutations) {
    const text = readFileSync(path.join(import.meta.dirname, "../../../src", file), "utf8");
    assert.equal(text.split(from).length, 2, name);
  }
});
