import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEvent } from "../../../../src/init/state/apply-event.ts";
import type { JobName } from "../../../../src/protocol/messages.ts";
import { limits, Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull", bull: { version: "6.7.0", major: 6 } };

test("a keeper that died is replaced even while workers are still being started", () => {
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
  universe.world.handBackOrders.length = 0;
  universe.happen({ kind: "keeperExited", keeper: keeper.id, status: { signal: "SIGKILL" } });
  universe.now += 100;
  universe.decide();
  assert.deepEqual(
    universe.actions.map(({ kind }) => kind),
    ["startKeeper"],
  );
});

/** All workers and the keeper run. */
function running(): Universe {
  const universe = new Universe({ engine: "fork", workers: 2, redis });
  universe.settle();
  universe.actions.length = 0;
  return universe;
}

const keeperOf = ({ world }: Universe) => world.keeper?.id ?? 0;
const kindsOf = ({ actions }: Universe) => actions.map(({ kind }) => kind);

const keeperSilentMs = 10_000;

/** The same, with a keeper that must report that it is alive; no time has passed. */
function listening(): Universe {
  const universe = new Universe({ engine: "fork", workers: 2, redis }, { ...limits, keeperSilentMs });
  universe.decide();
  while (universe.pending.length > 0) universe.step(0);
  universe.actions.length = 0;
  return universe;
}

test("a keeper that falls silent is killed, and one that reports is kept", () => {
  const universe = listening();
  for (let times = 0; times < 5; times++) {
    universe.now += keeperSilentMs - 1;
    universe.happen({ kind: "keeperAlive", keeper: keeperOf(universe) });
  }
  assert.deepEqual(kindsOf(universe), []);
  universe.now += keeperSilentMs;
  universe.decide();
  assert.deepEqual(kindsOf(universe), ["killKeeper"]);
});

test("a keeper that stops right after it dialled is killed as well", () => {
  const universe = listening();
  universe.now += keeperSilentMs;
  universe.decide();
  assert.deepEqual(kindsOf(universe), ["killKeeper"]);
});

/** The keeper has died, and its successor has been started and stays silent for `silentMs`; returns how long init waited until then. */
function startSlowly(universe: Universe): number {
  const startedAt = universe.now;
  universe.happen({ kind: "keeperLaunched", keeper: keeperOf(universe), pid: 77 });
  assert.equal(universe.world.keeper?.state, "starting");
  const { deadline } = universe.world.keeper;
  universe.now = deadline;
  universe.decide();
  assert.deepEqual(kindsOf(universe), ["killKeeper"]);
  universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { signal: "SIGKILL" } });
  universe.now = universe.world.keeperNotBefore;
  universe.actions.length = 0;
  universe.pending.length = 0;
  universe.decide();
  assert.deepEqual(kindsOf(universe), ["startKeeper"]);
  universe.actions.length = 0;
  return deadline - startedAt;
}

test("a keeper that was starting for too long gives its successor twice the time, until one starts in time", () => {
  const universe = listening();
  universe.now += limits.healthyAfterMs;
  universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { signal: "SIGKILL" } });
  universe.now = universe.world.keeperNotBefore;
  universe.decide();
  universe.actions.length = 0;
  universe.pending.length = 0;
  const { keeperTimeMs, keeperTimeMaximumMs } = limits;
  const waits = [0, 1, 2, 3, 4].map(() => startSlowly(universe));
  assert.deepEqual(
    waits,
    [1, 2, 4, 8, 8].map((times) => times * keeperTimeMs),
  );
  assert.equal(keeperTimeMaximumMs, 8 * keeperTimeMs);

  universe.now += 2 * keeperTimeMs;
  universe.happen({ kind: "keeperReady", keeper: keeperOf(universe) });
  assert.equal(universe.world.slowKeepers, 5, "it was slow as well");
  universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { signal: "SIGKILL" } });
  universe.now = universe.world.keeperNotBefore;
  universe.decide();
  universe.happen({ kind: "keeperReady", keeper: keeperOf(universe) });
  assert.equal(universe.world.slowKeepers, 0);
});

test("a keeper is replaced if a reload has brought another BullMQ", () => {
  const universe = running();
  const { current } = universe.world;
  assert.ok(current);
  Object.assign(current, { redis: { ...redis, bull: { version: "5.81.5", major: 5, file: "/app/index.js" } } });
  universe.decide();
  assert.deepEqual(kindsOf(universe), ["killKeeper"]);
});

test("a keeper that dies during a drain is replaced for as long as a worker runs", () => {
  const universe = running();
  universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { signal: "SIGKILL" } });
  universe.world.phase = "draining";
  universe.now += 100;
  universe.decide();
  assert.ok(kindsOf(universe).includes("startKeeper"));
});

test("an init that leaves tells its keeper, and waits for the quarantined jobs, but not for ever", () => {
  for (const [end, exit] of [
    [(universe: Universe) => reportQuarantined(universe, []), "done"],
    [(universe: Universe) => (universe.now += limits.lockDurationMs), "jobsNotHandedBack"],
  ] as const) {
    const universe = running();
    reportQuarantined(universe, [quarantined]);
    universe.happen({ kind: "order", order: { kind: "drain" } });
    letAllEnd(universe);
    assert.ok(kindsOf(universe).includes("keeperLeaves"));
    assert.equal(universe.world.workers.length, 0);
    assert.equal(universe.exited, undefined);
    end(universe);
    letAllEnd(universe);
    assert.equal(universe.exited, exit);
  }
});

test("an init that leaves exits when its keeper has withdrawn it from the fleet, and does not wait for ever", () => {
  for (const end of [
    (universe: Universe) => universe.happen({ kind: "keeperWithdrew", keeper: keeperOf(universe) }),
    (universe: Universe) =>
      universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { exitCode: 1 } }),
    (universe: Universe) => {
      assert.equal(universe.nextDeadline(), universe.now + limits.withdrawTimeMs);
      universe.now += limits.withdrawTimeMs;
      universe.decide();
    },
  ]) {
    const universe = running();
    universe.happen({ kind: "order", order: { kind: "drain" } });
    while (universe.pending.length > 0 && !kindsOf(universe).includes("withdraw")) universe.step(0);
    assert.equal(universe.world.workers.length, 0);
    assert.equal(universe.exited, undefined);
    end(universe);
    assert.equal(universe.exited, "done");
  }
});

test("a keeper that dies with quarantined jobs is replaced even after the last worker, and told to release them", () => {
  const universe = running();
  reportQuarantined(universe, [quarantined]);
  universe.happen({ kind: "order", order: { kind: "drain" } });
  letAllEnd(universe);
  universe.actions.length = 0;
  universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { signal: "SIGKILL" } });
  universe.now += 100;
  letAllEnd(universe);
  assert.deepEqual(kindsOf(universe), ["startKeeper", "keeperLeaves"]);
  reportQuarantined(universe, []);
  letAllEnd(universe);
  assert.equal(universe.exited, "done");
});

const quarantined = { queue: "jobs", id: "1" };

/** Every process obeys its orders; no time passes. */
function letAllEnd(universe: Universe): void {
  universe.decide();
  while (universe.pending.length > 0 && universe.exited === undefined) universe.step(0);
}

function reportQuarantined(universe: Universe, jobs: readonly JobName[]): void {
  universe.happen({
    kind: "keeperQuarantined",
    keeper: keeperOf(universe),
    quarantined: { count: jobs.length, latest: jobs, queues: ["jobs"] },
  });
}

/** How long init waits before it replaces a keeper that dies `livedMs` after its start. */
function pauseAfter(universe: Universe, livedMs: number): number {
  letAllEnd(universe);
  universe.now += livedMs;
  universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { signal: "SIGSEGV" } });
  const died = universe.now;
  universe.now = universe.nextDeadline();
  universe.decide();
  return universe.now - died;
}

test("a keeper that dies soon after each start is restarted later each time, and one that lived is restarted soon", () => {
  const universe = running();
  universe.now += limits.healthyAfterMs;
  const pauses = [0, 5, 5, 5, 5].map((livedMs) => pauseAfter(universe, livedMs));
  assert.deepEqual(pauses, [100, 200, 400, 800, 1_600]);
  assert.equal(pauseAfter(universe, limits.healthyAfterMs), 100);
});

test("a keeper that is killed for its silence soon after each start is restarted later as well", () => {
  const universe = listening();
  const waits = [];
  for (let times = 0; times < 3; times++) {
    universe.now += keeperSilentMs;
    universe.decide();
    const killedAt = universe.now;
    while (universe.pending.length > 0) universe.step(0);
    universe.now = universe.nextDeadline();
    universe.decide();
    waits.push(universe.now - killedAt);
    while (universe.pending.length > 0) universe.step(0);
  }
  assert.deepEqual(waits, [100, 100, 100], "each lived for as long as it was waited for");
});

/** Keepers die at their start until the next one would start after a pause of 30 s. */
function failing(): Universe {
  const universe = running();
  while (universe.world.keeperNotBefore < universe.now + limits.backOffMaximumMs) {
    universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { signal: "SIGSEGV" } });
    if (universe.world.keeperNotBefore === universe.now + limits.backOffMaximumMs) break;
    universe.now = universe.world.keeperNotBefore;
    universe.pending.length = 0;
    universe.decide();
  }
  universe.actions.length = 0;
  return universe;
}

function startAfterMs(universe: Universe): number {
  const begunAt = universe.now;
  while (!kindsOf(universe).includes("startKeeper")) {
    universe.now = universe.nextDeadline();
    universe.decide();
    universe.pending.length = 0;
  }
  return universe.now - begunAt;
}

test("the pause before a keeper is short while the jobs of a dead worker wait for it", () => {
  const universe = failing();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  universe.happen({ kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
  assert.equal(universe.world.handBackOrders.length, 1);
  assert.equal(startAfterMs(universe), limits.keeperPauseForJobsMs);
  universe.actions.length = 0;
  universe.happen({ kind: "keeperExited", keeper: keeperOf(universe), status: { signal: "SIGSEGV" } });
  assert.equal(startAfterMs(universe), limits.keeperPauseForJobsMs, "the order waits still");
});

test("the pause before a keeper is half of the lock's duration at most while jobs wait for it", () => {
  const universe = failing();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  const lockDurationMs = 2_000;
  const event = { kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } } as const;
  applyEvent(universe.world, event, { ...limits, lockDurationMs }, universe.now);
  assert.equal(universe.world.keeperNotBefore, universe.now + lockDurationMs / 2);
});

test("the pause before a keeper is short when init leaves and quarantined jobs wait for it", () => {
  const universe = failing();
  universe.world.quarantined = { count: 1, latest: [quarantined], queues: ["jobs"] };
  universe.happen({ kind: "order", order: { kind: "drain" } });
  assert.equal(startAfterMs(universe), limits.keeperPauseForJobsMs);
});

test("the pause before a keeper is long while nothing waits for it", () => {
  assert.equal(startAfterMs(failing()), limits.backOffMaximumMs);
});
