import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { Event } from "../../../../src/init/state/event.ts";
import { assertHolds } from "../../../support/properties.ts";
import { concernsSame, Universe } from "../../../support/universe.ts";

type Step =
  | { do: "step"; choice: number }
  | { do: "crash"; choice: number }
  | { do: "templateCrash" }
  | { do: "hang" }
  | { do: "keeperCrash" }
  | { do: "waiters"; count: number }
  | { do: "order"; kind: Orders };
type Orders = "reload" | "suspend" | "resume" | "addWorker" | "removeWorker";

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("step" as const), choice: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), choice: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("templateCrash" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("hang" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("keeperCrash" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("waiters" as const), count: fc.nat(2) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("order" as const),
        kind: fc.constantFrom<Orders>("reload", "suspend", "resume", "addWorker", "removeWorker"),
      }),
    },
  ),
  { maxLength: 80 },
);
const natures = fc.record({
  engine: fc.constantFrom("fork" as const, "spawn" as const),
  workers: fc.integer({ min: 1, max: 5 }),
  redis: fc.option(fc.constant({ connection: "redis://redis", prefix: "bull", bull: { version: "6.7.0", major: 6 } }), {
    nil: undefined,
  }),
});

function play(universe: Universe, step: Step): void {
  if (step.do === "step" && universe.pending.length > 0) universe.step(step.choice);
  if (step.do === "order") universe.happen({ kind: "order", order: { kind: step.kind } });
  if (step.do === "hang") hang(universe);
  if (step.do === "waiters") universe.happen({ kind: "waiters", count: step.count });
  if (step.do === "crash") {
    const launched = universe.world.workers.filter((worker) => worker.pid !== undefined);
    const worker = launched[step.choice % Math.max(1, launched.length)];
    if (worker !== undefined)
      crash(universe, { kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
  }
  const { keeper } = universe.world;
  if (step.do === "keeperCrash" && keeper?.pid !== undefined)
    crash(universe, { kind: "keeperExited", keeper: keeper.id, status: { signal: "SIGKILL" } });
  if (step.do === "templateCrash" && universe.world.current !== undefined) {
    const template = universe.world.templates.find((one) => one.pid !== undefined);
    if (template !== undefined)
      crash(universe, { kind: "templateExited", template: template.id, status: { exitCode: 1 } });
  }
}

/** Workers that were ordered and have not connected never do. */
function hang(universe: Universe): void {
  const notForked = universe.world.workers.filter((worker) => worker.pid === undefined).map((worker) => worker.id);
  universe.pending = universe.pending.filter((event) => !("worker" in event) || !notForked.includes(event.worker));
}

/** Drops the pending events of dead processes. */
function crash(universe: Universe, event: Event): void {
  universe.pending = universe.pending.filter((other) => !concernsSame(other, event));
  universe.happen(event);
}

test("any events in any order leave exactly the workload, and no slot ever takes with two workers", () => {
  assertHolds(
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
      assert.equal(world.templates.length, world.current?.engine === "fork" ? 1 : 0);
      assert.deepEqual(world.handBackOrders, [], "every dead worker's jobs are accounted for");
      assert.equal(world.keeper?.state, nature.redis === undefined ? undefined : "ready");
      for (const worker of world.workers) assert.equal(worker.toldSuspended, world.slots[worker.slot]?.suspended);
    }),
    { runs: 2_000 },
  );
});

test("a drain or a stop from any state ends with init's exit and leaves no process behind", () => {
  assertHolds(
    fc.property(natures, steps, fc.constantFrom("drain" as const, "stop" as const), (nature, script, kind) => {
      const universe = new Universe(nature);
      universe.decide();
      for (const step of script) {
        if (universe.exited !== undefined) return;
        play(universe, step);
      }
      if (universe.exited !== undefined) return;
      universe.happen({ kind: "order", order: { kind } });
      universe.settle();
      assert.ok(
        universe.exited === "done" || universe.exited === "crashLoop" || universe.exited === "bootFailure",
        universe.exited,
      );
      const told = universe.actions.filter((action) => action.kind === "tellWaiters").map((action) => action.exit);
      assert.deepEqual(told, universe.world.waiters > 0 ? [universe.exited] : []);
      assert.equal(universe.world.workers.length, 0);
      assert.equal(universe.world.templates.length, 0);
      assert.deepEqual(universe.world.handBackOrders, []);
    }),
    { runs: 2_000 },
  );
});
