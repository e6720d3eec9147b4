import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { limits, Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull", bull: { version: "6.7.0", major: 6 } };

function settled(): Universe {
  const universe = new Universe({ engine: "fork", workers: 1, redis });
  universe.settle();
  return universe;
}

/** Everything was frozen until the instant at which what began before the freeze is due. */
function thaw(universe: Universe, frozenMs: number): void {
  universe.now += frozenMs;
  universe.happen({ kind: "thawed", frozenMs });
}

describe("right after a freeze, before init has read what happened meanwhile, it does not give up", () => {
  test("a process whose deadline has come", () => {
    const universe = settled();
    const [worker] = universe.world.workers;
    assert.ok(worker);
    universe.happen({ kind: "order", order: { kind: "stop" } });
    const before = universe.actions.length;
    universe.now = worker.deadline;
    universe.happen({ kind: "thawed", frozenMs: 0 });
    assert.deepEqual(universe.actions.slice(before), []);
    universe.now += limits.thawTimeMs;
    universe.decide();
    assert.equal(universe.actions.at(-1)?.kind, "kill");
  });

  test("the jobs of a dead worker, which the keeper may have handed back", () => {
    const universe = settled();
    const [worker] = universe.world.workers;
    assert.ok(worker);
    worker.lockOwner = "owner";
    worker.statusUpdate = {
      mode: "taking",
      suspended: false,
      suspensionOrders: 0,
      connected: true,
      queues: ["mail"],
      holding: [],
      finished: 0,
      failed: 0,
    };
    universe.happen({ kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
    thaw(universe, limits.lockDurationMs);
    assert.equal(universe.world.handBackOrders.length, 1);
    universe.now += limits.thawTimeMs;
    universe.decide();
    assert.equal(universe.world.handBackOrders.length, 0);
  });
});
