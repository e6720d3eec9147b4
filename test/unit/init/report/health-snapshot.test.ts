import assert from "node:assert/strict";
import { test } from "node:test";
import { liveness, readiness, startup } from "../../../../src/admin/health.ts";
import { healthSnapshot } from "../../../../src/init/report/health-snapshot.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

const look = (universe: Universe) => healthSnapshot(universe.world, limits, universe.now, universe.now);

test("init is up when every slot has had a worker that started, and stays up while one of them is gone", () => {
  const universe = new Universe({ engine: "fork", workers: 2 });
  universe.decide();
  assert.equal(startup(look(universe)).reason, "the application is loading");
  while (!universe.world.hasStarted) universe.step(0);
  assert.equal(startup(look(universe)).ok, false, "one of two has started");
  universe.settle();
  assert.ok(startup(look(universe)).ok);
  assert.ok(readiness(look(universe)).ok);
  const [worker] = universe.world.workers;
  universe.happen({ kind: "workerExited", worker: worker?.id ?? 0, status: { signal: "SIGKILL" } });
  assert.equal(readiness(look(universe)).ok, false);
  assert.ok(startup(look(universe)).ok);
  assert.ok(liveness(look(universe)).ok);
});

test("a worker that SIGKILL does not end within a minute is a reason to end the container, and one that ends is not", () => {
  const universe = new Universe({ engine: "fork", workers: 1 });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  worker.state = "stopping";
  worker.deadline = universe.now;
  universe.decide();
  assert.equal(worker.state, "killed");
  universe.pending = [];
  const killedAt = universe.now;
  for (const afterMs of [0, 30_000, 59_000]) {
    universe.now = killedAt + afterMs;
    universe.decide();
    assert.ok(liveness(look(universe)).ok, `${afterMs} ms`);
  }
  universe.now = killedAt + 61_000;
  universe.decide();
  assert.equal(liveness(look(universe)).reason, "slot 0: unkillable: SIGKILL has not ended it for 61 s");
  universe.happen({ kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
  assert.ok(liveness(look(universe)).ok);
});

test("a worker that was stopped takes no jobs, but the container stays alive", () => {
  const universe = new Universe({ engine: "fork", workers: 2 });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  universe.happen({ kind: "boardRead", records: new Map(), stoppedBySignal: new Set([worker.id]) });
  assert.equal(readiness(look(universe)).reason, "slot 0: stopped (SIGSTOP)");
  assert.ok(liveness(look(universe)).ok);
  universe.happen({ kind: "boardRead", records: new Map(), stoppedBySignal: new Set() });
  assert.ok(readiness(look(universe)).ok);
});

test("a worker that will be replaced because it takes no jobs is reported with that reason", () => {
  const universe = new Universe({ engine: "fork", workers: 2 });
  universe.settle();
  const [worker, other] = universe.world.workers;
  assert.ok(worker && other);
  // init replaces stuck workers one at a time: while this one ends, the next one is still stuck.
  other.state = "stopping";
  other.deadline = Infinity;
  universe.now = 2 * limits.stuckTimeoutMs;
  universe.happen({ kind: "boardRead", records: new Map([[worker.id, boardRow({})]]), stoppedBySignal: new Set() });
  assert.match(
    readiness(look(universe)).reason ?? "",
    /^slot 0: its event loop has not run for 120 s, although it holds/,
  );
  assert.ok(liveness(look(universe)).ok);
});

test("a slot that is suspended is not ready while its worker drains in a reload", () => {
  const universe = new Universe({ engine: "fork", workers: 1 });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  worker.state = "draining";
  assert.ok(readiness(look(universe)).ok, "its successor takes jobs afterwards");
  worker.toldSuspended = true;
  const { ok, slots } = readiness(look(universe));
  assert.deepEqual({ ok, suspended: slots[0]?.suspended }, { ok: false, suspended: true });
});
