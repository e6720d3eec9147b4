import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
const job = (id: string) => ({ queue: "mail", id });

test("a job that was given up as lost and is handed back, or ended, after all is no longer named as lost", () => {
  const universe = new Universe({ engine: "fork", workers: 1, redis });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  const exitReport = {
    finished: 0,
    failed: 0,
    lost: [job("1"), job("2"), job("3"), job("4"), job("5")],
    handedBack: [],
    unwritten: [],
    mayHoldUndelivered: false,
  };
  universe.happen({ kind: "workerExitReport", worker: worker.id, exitReport });
  universe.happen({ kind: "workerExited", worker: worker.id, status: { exitCode: 0 } });
  universe.pending.splice(0);
  universe.now += limits.lockDurationMs;
  universe.decide();
  assert.equal(universe.world.account.lost.count, 5);
  universe.happen({
    kind: "jobsHandedBack",
    deadWorker: worker.id,
    handedBack: [job("1")],
    failed: [job("2")],
    wroteCompleted: [job("4")],
    wroteFailed: [job("5")],
  });
  const { lost, handedBack, finished, failed } = universe.world.account;
  assert.deepEqual(lost, { count: 1, latest: [job("3")] });
  assert.deepEqual(handedBack, { count: 1, latest: [job("1")] });
  assert.deepEqual([finished, failed], [1, 2]);
});

test("the ends that a worker could not write go to the keeper, and what it writes counts in the worker's slot", () => {
  const universe = new Universe({ engine: "fork", workers: 1, redis });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  worker.statusUpdate = {
    mode: "stopping",
    suspended: false,
    suspensionOrders: 0,
    connected: true,
    queues: ["mail"],
    holding: [],
    finished: 0,
    failed: 0,
  };
  worker.lockOwner = "owner";
  const slot = universe.world.slots[worker.slot];
  assert.ok(slot);
  const before = { finished: slot.finished, failed: slot.failed };
  const attempt = { outcome: "unwritten", queue: "mail", starts: 1, ends: 0 } as const;
  const unwritten = [
    { ...attempt, id: "1", result: "1" },
    { ...attempt, id: "2", failure: { name: "Error", message: "no", isFinal: false } },
  ];
  const counts = { finished: 0, failed: 0, handedBack: [], mayHoldUndelivered: false, recycle: false };
  universe.happen({
    kind: "workerExitReport",
    worker: worker.id,
    exitReport: { ...counts, lost: [job("1"), job("2")], unwritten },
  });
  universe.happen({ kind: "workerExited", worker: worker.id, status: { exitCode: 74 } });
  assert.deepEqual(
    universe.world.handBackOrders.map(({ holding, endings }) => ({ holding, endings })),
    [{ holding: [job("1"), job("2")], endings: unwritten }],
  );
  universe.happen({
    kind: "jobsHandedBack",
    deadWorker: worker.id,
    handedBack: [],
    failed: [],
    wroteCompleted: [job("1")],
    wroteFailed: [job("2")],
  });
  assert.deepEqual(universe.world.account.lost.count, 0);
  assert.deepEqual(universe.world.account.handedBack.count, 0);
  assert.deepEqual([slot.finished, slot.failed], [before.finished + 1, before.failed + 1]);
});

test("a job that was given up as lost and is taken by a worker of this forker is no longer lost", () => {
  const universe = new Universe({ engine: "fork", workers: 2, redis });
  universe.settle();
  const [worker, other] = universe.world.workers;
  assert.ok(worker && other);
  universe.world.account.lost = { count: 2, latest: [job("1"), job("2")] };
  universe.happen({ kind: "workerTookStalled", worker: other.id, job: job("1") });
  assert.deepEqual(universe.world.account.lost, { count: 1, latest: [job("2")] });
  universe.happen({ kind: "workerTookStalled", worker: worker.id, job: job("2") });
  universe.happen({ kind: "order", order: { kind: "drain" } });
  universe.settle();
  assert.equal(universe.exited, "done");
});
