import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WorkerSpec } from "../../../../src/config/workload.ts";
import type { Action } from "../../../../src/init/state/action.ts";
import type { Worker } from "../../../../src/init/state/worker.ts";
import { idleBeatMs } from "../../../../src/protocol/idle-beat.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

const hasSpare = { ...limits, hasSpare: true };

/** All workers run, and a spare waits. */
function running(specs: readonly WorkerSpec[] = [{ queues: ["*"] }, { queues: ["*"] }]): Universe {
  const universe = new Universe({ engine: "fork", workers: specs.length, specs }, hasSpare);
  universe.settle();
  universe.actions.length = 0;
  return universe;
}

const spareOf = ({ world }: Universe) => world.workers.find(({ isSpare }) => isSpare);
const kindsOf = ({ actions }: Universe) => actions.map(({ kind }) => kind);
const workerOf = ({ world }: Universe, slot: number) =>
  world.workers.find((one) => one.slot === slot && !one.isSpare) as Worker;

function die(universe: Universe, worker: Worker | undefined): void {
  assert.ok(worker);
  universe.happen({ kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
}

function actionOf<Kind extends Action["kind"]>({ actions }: Universe, kind: Kind): Extract<Action, { kind: Kind }> {
  const found = actions.find((one) => one.kind === kind);
  assert.ok(found, `${kind} in ${actions.map((one) => one.kind).join()}`);
  return found as Extract<Action, { kind: Kind }>;
}

test("without FORKER_SPARE there is no spare", () => {
  const universe = new Universe({ engine: "fork", workers: 2 });
  universe.settle();
  assert.equal(universe.world.workers.length, 2);
});

test("one spare is started when every slot takes jobs, and takes none", () => {
  const universe = new Universe({ engine: "fork", workers: 2 }, hasSpare);
  universe.decide();
  while (universe.pending.length > 0) {
    if (spareOf(universe) !== undefined)
      assert.deepEqual(
        [0, 1].map((slot) => universe.taking(slot).length),
        [1, 1],
      );
    universe.step(0);
  }
  assert.equal(spareOf(universe)?.state, "spare");
  assert.equal(universe.world.workers.length, 3);
});

test("it takes over the slot of a worker that dies, at once, and another spare is started", () => {
  const universe = running();
  const spare = spareOf(universe);
  die(universe, workerOf(universe, 1));
  assert.equal(workerOf(universe, 1).id, spare?.id);
  assert.equal(spare?.state, "taking");
  assert.deepEqual(kindsOf(universe), ["takeOver", "startSpare"]);
});

test("it waits for the pause of a slot whose workers crash one after the other", () => {
  const universe = running();
  die(universe, workerOf(universe, 1));
  universe.settle();
  universe.actions.length = 0;
  die(universe, workerOf(universe, 1));
  assert.deepEqual(kindsOf(universe), []);
  universe.now += limits.backOffFirstMs;
  universe.decide();
  assert.equal(actionOf(universe, "takeOver").slot, 1);
});

test("it does not take over a slot whose killed worker is not reaped yet", () => {
  const universe = running();
  const worker = workerOf(universe, 0);
  universe.happen({ kind: "workerChannelClosed", worker: worker.id });
  universe.now = worker.deadline;
  universe.decide();
  assert.deepEqual(kindsOf(universe), ["kill"]);
  const spare = spareOf(universe);
  assert.equal(spare?.state, "spare");
  die(universe, worker);
  assert.equal(workerOf(universe, 0).id, spare?.id);
});

test("it takes over only slots of its own spec, which is the one that most slots have", () => {
  const universe = running([{ queues: ["rare"] }, { queues: ["often"] }, { queues: ["often"] }]);
  assert.deepEqual(spareOf(universe)?.spec, { queues: ["often"] });
  die(universe, workerOf(universe, 0));
  assert.deepEqual(actionOf(universe, "startWorkers").slots, [0]);
  universe.settle();
  universe.actions.length = 0;
  die(universe, workerOf(universe, 2));
  assert.equal(actionOf(universe, "takeOver").slot, 2);
});

test("it takes over no slot while it is stopped or blocked, because it would only have to be replaced there", () => {
  for (const isStopped of [true, false]) {
    const universe = running();
    const spare = spareOf(universe) as Worker;
    const beatAt = universe.now;
    universe.now += limits.stuckTimeoutMs + idleBeatMs(limits.stuckTimeoutMs) - 1;
    const records = new Map([[spare.id, boardRow({ pid: spare.pid ?? 0, mode: "standby", beatAt })]]);
    universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set(isStopped ? [spare.id] : []) });
    universe.now += 1;
    die(universe, workerOf(universe, 1));
    assert.deepEqual(kindsOf(universe), ["startWorkers", "replace"]);
    assert.ok(spare.isSpare);
  }
});

test("TTIN gives it the new slot", () => {
  const universe = running();
  const spare = spareOf(universe);
  universe.happen({ kind: "order", order: { kind: "addWorker" } });
  assert.equal(workerOf(universe, 2).id, spare?.id);
  universe.settle();
  assert.equal(spareOf(universe)?.slot, 3);
});

test("it is as suspended as the slot that it takes over", () => {
  for (const suspended of [true, false]) {
    const universe = running();
    if (suspended) universe.happen({ kind: "order", order: { kind: "suspend" } });
    const spare = spareOf(universe);
    die(universe, workerOf(universe, 0));
    assert.equal(spare?.toldSuspended, suspended);
    assert.equal(spare?.state, "taking");
  }
});

test("the next one is started when the jobs of the dead worker have been handed back", () => {
  const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
  const universe = new Universe({ engine: "fork", workers: 2, redis }, hasSpare);
  universe.settle();
  universe.actions.length = 0;
  die(universe, workerOf(universe, 0));
  assert.deepEqual(kindsOf(universe), ["handBack", "takeOver"]);
  universe.settle();
  assert.deepEqual(kindsOf(universe), ["handBack", "takeOver", "startSpare"]);
});

describe("a spare that dies", () => {
  test("is replaced with growing pauses, and its crashes do not count for a slot", () => {
    const universe = running();
    const pauses = [0, 1, 2, 3].map(() => {
      const diedAt = universe.now;
      die(universe, spareOf(universe));
      universe.now = Math.max(universe.now, universe.world.spare.notBefore);
      universe.decide();
      while (universe.pending.length > 0) universe.step(0);
      assert.equal(spareOf(universe)?.state, "spare");
      return universe.now - diedAt;
    });
    assert.deepEqual(pauses, [0, 100, 200, 400]);
    assert.ok(universe.world.slots.every(({ failures, restarts }) => failures === 0 && restarts === 0));
  });

  test("ends nothing, however often it does", () => {
    const universe = running();
    for (let times = 0; times < 2 * limits.crashesInARow; times++) {
      die(universe, spareOf(universe));
      universe.settle();
    }
    assert.equal(universe.exited, undefined);
  });
});

test("a reload stops the spare of the old generation and starts one of the new", () => {
  const universe = running();
  const old = spareOf(universe);
  universe.happen({ kind: "order", order: { kind: "reload" } });
  universe.settle();
  assert.notEqual(spareOf(universe)?.id, old?.id);
  assert.ok(universe.world.workers.every(({ generation }) => generation === 2));
  assert.equal(universe.world.workers.length, 3);
});

test("a drain and a stop end the spare with the workers", () => {
  for (const kind of ["drain", "stop"] as const) {
    const universe = running();
    universe.happen({ kind: "order", order: { kind } });
    universe.settle();
    assert.equal(universe.exited, "done");
  }
});

test("a worker is recycled while a spare waits", () => {
  const universe = new Universe({ engine: "fork", workers: 1 }, { ...hasSpare, recycleAgeMs: 60_000 });
  universe.decide();
  while (universe.pending.length > 0) universe.step(0);
  universe.actions.length = 0;
  universe.now += 60_000;
  universe.decide();
  assert.ok(kindsOf(universe).includes("recycle"));
});

test("no spare is started while Redis is away", () => {
  const universe = running();
  const worker = workerOf(universe, 0);
  universe.happen({
    kind: "workerStatusUpdate",
    worker: worker.id,
    statusUpdate: {
      mode: "taking",
      suspended: false,
      suspensionOrders: 1,
      connected: false,
      queues: ["jobs"],
      holding: [],
      finished: 0,
      failed: 0,
    },
  });
  die(universe, spareOf(universe));
  universe.now += limits.backOffMaximumMs;
  universe.decide();
  assert.equal(spareOf(universe), undefined);
});

test("the jobs of a spare that dies are handed back without a slot for it", () => {
  const redis = { connection: "redis://127.0.0.1", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
  const universe = new Universe({ engine: "fork", workers: 2, redis }, hasSpare);
  universe.settle();
  universe.actions.length = 0;
  die(universe, spareOf(universe));
  assert.equal(actionOf(universe, "handBack").kind, "handBack");
  universe.settle();
  assert.equal(universe.world.handBackOrders.length, 0);
  assert.equal(universe.world.slots.length, 2);
});
