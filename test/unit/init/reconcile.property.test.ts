import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { Event } from "../../../src/init/event.ts";
import { Universe } from "../../support/universe.ts";

type Step =
  | { do: "step"; choice: number }
  | { do: "crash"; choice: number }
  | { do: "templateCrash" }
  | { do: "intent"; kind: Intents };
type Intents = "reload" | "suspend" | "resume" | "addWorker" | "removeWorker";

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("step" as const), choice: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), choice: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("templateCrash" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("intent" as const),
        kind: fc.constantFrom<Intents>("reload", "suspend", "resume", "addWorker", "removeWorker"),
      }),
    },
  ),
  { maxLength: 80 },
);
const natures = fc.record({
  engine: fc.constantFrom("fork" as const, "spawn" as const),
  workers: fc.integer({ min: 1, max: 5 }),
});

function play(universe: Universe, step: Step): void {
  if (step.do === "step" && universe.pending.length > 0) universe.step(step.choice);
  if (step.do === "intent") universe.happen({ kind: "intent", intent: { kind: step.kind } });
  if (step.do === "crash") {
    const born = universe.world.workers.filter((worker) => worker.pid !== undefined);
    const worker = born[step.choice % Math.max(1, born.length)];
    if (worker !== undefined)
      crash(universe, { kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
  }
  if (step.do === "templateCrash" && universe.world.current !== undefined) {
    const template = universe.world.templates.find((one) => one.pid !== undefined);
    if (template !== undefined)
      crash(universe, { kind: "templateExited", template: template.id, status: { exitCode: 1 } });
  }
}

/** The dead say nothing: what they were about to say never happens. */
function crash(universe: Universe, event: Event): void {
  universe.pending = universe.pending.filter((other) =>
    "worker" in event
      ? !("worker" in other) || other.worker !== event.worker
      : !("template" in event) || !("template" in other) || other.template !== event.template,
  );
  universe.happen(event);
}

test("whatever happens in whatever order, exactly the workload is left, and a slot never takes with two workers", () => {
  fc.assert(
    fc.property(natures, steps, (nature, script) => {
      const universe = new Universe(nature);
      universe.decide();
      for (const step of script) {
        if (universe.exited !== undefined) return;
        play(universe, step);
        for (const slot of universe.world.slots.keys()) assert.ok(universe.taking(slot).length <= 1);
      }
      universe.settle();
      if (universe.exited !== undefined) {
        assert.equal(universe.exited, "crashLoop");
        return;
      }
      const { world } = universe;
      const expected = Math.max(1, nature.workers + world.extraWorkers);
      assert.equal(world.workers.length, expected);
      assert.deepEqual(new Set(world.workers.map((worker) => worker.state)), new Set(["taking"]));
      assert.deepEqual(new Set(world.workers.map((worker) => worker.generation)), new Set([world.current?.number]));
      assert.deepEqual(
        world.workers.map((worker) => worker.slot).sort((a, b) => a - b),
        [...Array(expected).keys()],
      );
      assert.equal(world.templates.length, nature.engine === "fork" ? 1 : 0);
      for (const worker of world.workers) assert.equal(worker.toldSuspended, world.slots[worker.slot]?.suspended);
    }),
    { numRuns: 2_000 },
  );
});

test("from any state a drain or a stop ends with init's exit, and nothing of ours is left", () => {
  fc.assert(
    fc.property(natures, steps, fc.constantFrom("drain" as const, "stop" as const), (nature, script, kind) => {
      const universe = new Universe(nature);
      universe.decide();
      for (const step of script) {
        if (universe.exited !== undefined) return;
        play(universe, step);
      }
      if (universe.exited !== undefined) return;
      universe.happen({ kind: "intent", intent: { kind } });
      universe.settle();
      assert.ok(
        universe.exited === "done" || universe.exited === "crashLoop" || universe.exited === "bootFailure",
        universe.exited,
      );
      assert.equal(universe.world.workers.length, 0);
      assert.equal(universe.world.templates.length, 0);
    }),
    { numRuns: 2_000 },
  );
});
