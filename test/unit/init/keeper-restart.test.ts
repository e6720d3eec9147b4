import assert from "node:assert/strict";
import { test } from "node:test";
import { Universe } from "../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull" };

test("a keeper that died is replaced while workers are being started, which may go on for ever", () => {
  const universe = new Universe({ engine: "fork", workers: 2, redis });
  universe.settle();
  const [worker] = universe.world.workers;
  const { keeper } = universe.world;
  assert.ok(worker && keeper);
  universe.happen({ kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
  universe.now += 100;
  universe.decide();
  assert.ok(universe.world.workers.some(({ state }) => state === "asked"));
  universe.actions.length = 0;
  universe.world.returns.length = 0;
  universe.happen({ kind: "keeperExited", keeper: keeper.id, status: { signal: "SIGKILL" } });
  universe.now += 100;
  universe.decide();
  assert.deepEqual(
    universe.actions.map(({ kind }) => kind),
    ["startKeeper"],
  );
});
