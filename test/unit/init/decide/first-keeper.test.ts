import assert from "node:assert/strict";
import { test } from "node:test";
import { Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull", bull: { version: "6.7.0", major: 6 } };

/** All workers have started, and none has reported that it takes jobs. */
function started(): Universe {
  const universe = new Universe({ engine: "fork", workers: 2, redis });
  universe.decide();
  for (;;) {
    const next = universe.pending.findIndex(({ kind }) => kind !== "workerStatusUpdate");
    if (next < 0) return universe;
    universe.step(next);
  }
}

test("the first keeper starts when every worker has reported that it takes jobs", () => {
  const universe = started();
  assert.equal(universe.world.keeper, undefined);
  universe.step(0);
  assert.equal(universe.world.keeper, undefined);
  universe.step(0);
  assert.ok(universe.world.keeper);
});

test("it does not wait for long for workers that cannot reach Redis", () => {
  const universe = started();
  const dueInMs = universe.nextDeadline() - universe.now;
  assert.ok(dueInMs > 0 && dueInMs <= 500, `${dueInMs} ms`);
  universe.now += dueInMs;
  universe.decide();
  assert.ok(universe.world.keeper);
});
