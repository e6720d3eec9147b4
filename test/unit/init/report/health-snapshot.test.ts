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
    /^slot 0: its event loop has not run for 116 s, although it holds/,
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

/** A worker that takes jobs and wants a runner, which is ordered. */
function wantingRunner() {
  const universe = new Universe({ engine: "fork", workers: 1 });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  const wanted = { waiting: 1, host: { socketName: "runners", secret: "secret" } };
  universe.happen({ kind: "workerWantsRunners", worker: worker.id, wanted });
  universe.pending.length = 0;
  const prime = () =>
    universe.happen({ kind: "runnerPrimed", runner: universe.world.runners[0]?.id ?? 0, worker: worker.id });
  return { universe, worker, prime };
}

test("a worker whose runners do not start is not ready until one is, and tells why from the third failure on", () => {
  const { universe, worker, prime } = wantingRunner();
  for (let failures = 1; failures <= 3; failures++) {
    assert.equal(readiness(look(universe)).reason, "slot 0: no runner is ready for a job: the next one is starting");
    const [runner] = universe.world.runners;
    assert.ok(runner);
    universe.happen({ kind: "runnerExited", runner: runner.id, status: { exitCode: 70 } });
    universe.now = worker.runnersNotBefore;
    universe.decide();
    universe.pending.length = 0;
  }
  const { ok, reason } = readiness(look(universe));
  assert.equal(ok, false);
  assert.equal(reason, "slot 0: its runners do not start, 3 in a row: the last one ended with exit code 70");
  assert.ok(liveness(look(universe)).ok);
  prime();
  assert.ok(readiness(look(universe)).ok);
});

test("a worker whose next runners do not start is ready while one is primed, which takes the next job", () => {
  const universe = new Universe({ engine: "fork", workers: 1 });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  const wanted = { waiting: 2, host: { socketName: "runners", secret: "secret" } };
  universe.happen({ kind: "workerWantsRunners", worker: worker.id, wanted });
  universe.pending.length = 0;
  const [primed] = universe.world.runners;
  universe.happen({ kind: "runnerPrimed", runner: primed?.id ?? 0, worker: worker.id });
  for (let failures = 1; failures <= 4; failures++) {
    const failing = universe.world.runners.find(({ state }) => state === "asked");
    assert.ok(failing);
    universe.happen({ kind: "runnerExited", runner: failing.id, status: { exitCode: 70 } });
    universe.now = worker.runnersNotBefore;
    universe.decide();
    universe.pending.length = 0;
  }
  assert.ok(readiness(look(universe)).ok);
});

test("a worker without a ready runner is ready in a burst of jobs, and not while its template is being replaced", () => {
  const { universe, worker, prime } = wantingRunner();
  prime();
  const [runner] = universe.world.runners;
  assert.ok(runner);
  const job = { queue: "jobs", id: "1" };
  universe.happen({ kind: "runnerTaken", runner: runner.id, worker: worker.id, job });
  universe.pending.length = 0;
  assert.ok(readiness(look(universe)).ok, "the next one is about to be ready");
  universe.now += 1_001;
  assert.equal(readiness(look(universe)).reason, "slot 0: no runner is ready for a job: the next one is starting");
  const [template] = universe.world.templates;
  universe.happen({ kind: "templateExited", template: template?.id ?? 0, status: { signal: "SIGKILL" } });
  universe.pending.length = 0;
  const { reason } = readiness(look(universe));
  assert.equal(reason, "slot 0: no runner is ready for a job: the template that forks them is being replaced");
});
