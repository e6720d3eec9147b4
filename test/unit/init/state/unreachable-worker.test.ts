import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { reconcile } from "../../../../src/init/decide/reconcile.ts";
import type { Action } from "../../../../src/init/state/action.ts";
import { advance } from "../../../../src/init/state/advance.ts";
import { applyEvent } from "../../../../src/init/state/apply-event.ts";
import type { Event } from "../../../../src/init/state/event.ts";
import type { Worker } from "../../../../src/init/state/worker.ts";
import { limits, Universe } from "../../../support/universe.ts";

const exitReport = { finished: 0, failed: 0, handedBack: [], lost: [], unwritten: [], mayHoldUndelivered: false };

const reasons = {
  "has closed its channel": {
    event: (worker: number): Event => ({ kind: "workerChannelClosed", worker }),
    why: "init can no longer reach it, and it did not exit",
  },
  "has reported its end": {
    event: (worker: number): Event => ({ kind: "workerExitReport", worker, exitReport }),
    why: "it reported its end and did not exit",
  },
};

/** The worker that takes jobs, and its successor in standby. */
function pair(): { universe: Universe; old: Worker; successor: Worker } {
  const universe = new Universe({ engine: "fork", workers: 1 });
  universe.settle();
  const { world } = universe;
  const [old] = world.workers;
  assert.ok(old);
  advance(world, { kind: "recycle", worker: old.id, why: "it is old" }, limits, universe.now);
  universe.decide();
  const started = universe.pending.filter((event) => "worker" in event && event.worker !== old.id);
  for (const event of started) applyEvent(world, event, limits, universe.now);
  const successor = world.workers.at(-1);
  assert.ok(successor !== undefined && successor !== old);
  return { universe, old, successor };
}

for (const [name, { event, why }] of Object.entries(reasons))
  describe(`a worker that ${name}`, () => {
    for (const kind of ["drain", "stop", "take"] as const)
      test(`has no more time after an order to ${kind}`, () => {
        const { universe, old, successor } = pair();
        const { world, now } = universe;
        const worker = kind === "take" ? successor : old;
        applyEvent(world, event(worker.id), limits, now);
        const due = now + limits.exitTimeMs;
        assert.equal(worker.deadline, due);
        const action: Action =
          kind === "drain" ? { kind, worker: worker.id, deadline: now + 900_000 } : { kind, worker: worker.id };
        advance(world, action, limits, now + 1);
        assert.ok(worker.deadline <= due);
      });

    test("is killed for that", () => {
      const { universe, successor } = pair();
      applyEvent(universe.world, event(successor.id), limits, universe.now);
      const actions = reconcile(universe.world, limits, universe.now + limits.exitTimeMs);
      assert.deepEqual(
        actions.filter((one) => "worker" in one && one.worker === successor.id),
        [{ kind: "kill", worker: successor.id, why }],
      );
    });
  });

describe("init exits, having given up a worker that it could not kill,", () => {
  function exitAfter(isCutOff: boolean, notKilled: true | string): string | undefined {
    const universe = new Universe({ engine: "fork", workers: 1 });
    universe.settle();
    const worker = universe.world.workers[0]?.id;
    assert.ok(worker !== undefined);
    if (isCutOff) universe.happen({ kind: "workerChannelClosed", worker });
    universe.happen({ kind: "order", order: { kind: "drain" } });
    universe.happen({ kind: "workerExited", worker, status: { unknown: true, notKilled } });
    universe.settle();
    return universe.exited;
  }

  test("as if it held a job if it could not tell it to stop either, because it may have taken another", () => {
    assert.equal(exitAfter(true, "kill EPERM"), "jobsNotHandedBack");
  });

  test("with 0 if it told it to stop, or the kernel ends it before it runs again", () => {
    assert.equal(exitAfter(false, "kill EPERM"), "done");
    assert.equal(exitAfter(true, true), "done");
  });
});
