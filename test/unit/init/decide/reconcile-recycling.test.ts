import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Limits } from "../../../../src/init/state/limits.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

function running(workers: number, given: Partial<Limits>): Universe {
  const universe = new Universe({ engine: "fork", workers }, { ...limits, ...given });
  universe.settle();
  universe.actions.length = 0;
  return universe;
}

/** The row of every worker shows this. */
function all(universe: Universe, shown: { finished?: number; failed?: number; privateBytes?: number }): void {
  const { now } = universe;
  const records = new Map(
    universe.world.workers.map(({ id, pid }) => [id, boardRow({ pid: pid ?? 0, beatAt: now, tookAt: now, ...shown })]),
  );
  universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set() });
}

const recycled = (universe: Universe) =>
  universe.actions.flatMap((action) => (action.kind === "recycle" ? [action.worker] : []));

describe("a worker is recycled", () => {
  test("after a number of jobs, finished or failed", () => {
    const universe = running(1, { recycleJobs: 100 });
    all(universe, { finished: 60, failed: 10 });
    assert.deepEqual(recycled(universe), []);
    all(universe, { finished: 60, failed: 40 });
    assert.equal(recycled(universe).length, 1);
  });

  test("at its maximum age", () => {
    const universe = running(1, { recycleAgeMs: 60_000 });
    universe.now += 30_000;
    universe.decide();
    assert.deepEqual(recycled(universe), []);
    universe.now += 30_000;
    universe.decide();
    assert.equal(recycled(universe).length, 1);
  });

  test("at its maximum of memory", () => {
    const universe = running(1, { recycleMemoryBytes: 1_000 });
    all(universe, { finished: 1, privateBytes: 999 });
    assert.deepEqual(recycled(universe), []);
    all(universe, { finished: 1, privateBytes: 1_000 });
    assert.equal(recycled(universe).length, 1);
  });

  test("not at once if it was that large from its start: its successor would be too", () => {
    const universe = running(1, { recycleMemoryBytes: 1_000 });
    all(universe, { privateBytes: 1_000 });
    assert.deepEqual(recycled(universe), []);
    universe.now += 600_000;
    all(universe, { privateBytes: 1_000 });
    assert.equal(recycled(universe).length, 1);
  });

  test("when its successor is ready, and not before", () => {
    const universe = running(2, { recycleJobs: 10 });
    all(universe, { finished: 10 });
    const [old] = recycled(universe);
    while (!universe.actions.some(({ kind }) => kind === "drain")) {
      assert.equal(universe.world.workers.find(({ id }) => id === old)?.state, "taking");
      universe.step(0);
    }
    const here = universe.world.workers.filter(({ slot }) => slot === 0).map(({ state }) => state);
    assert.deepEqual(here.toSorted(), ["draining", "standby"]);
  });

  test("without cutting its jobs short, however long they take", () => {
    const universe = running(1, { recycleJobs: 10 });
    all(universe, { finished: 10 });
    const oldest = () => universe.world.workers[0];
    while (oldest()?.state === "taking") universe.step(0);
    assert.deepEqual([oldest()?.state, oldest()?.deadline], ["draining", Infinity]);
  });

  test("never together with another, until each has had its turn", () => {
    const universe = running(3, { recycleJobs: 10 });
    const before = universe.world.workers.map(({ id }) => id);
    all(universe, { finished: 10 });
    for (let turn = 0; turn < 200 && universe.pending.length > 0; turn++) {
      universe.step(0);
      const leaving = universe.world.workers.filter(({ isRetiring, state }) => isRetiring || state === "draining");
      assert.ok(leaving.length <= 1, JSON.stringify(leaving));
    }
    assert.deepEqual(new Set(recycled(universe)), new Set(before));
    assert.equal(recycled(universe).length, before.length);
    assert.equal(universe.world.workers.filter(({ state }) => state === "taking").length, 3);
  });

  test("not in a reload, which replaces it anyway", () => {
    const universe = running(2, { recycleJobs: 10 });
    universe.happen({ kind: "order", order: { kind: "reload" } });
    all(universe, { finished: 10 });
    assert.deepEqual(recycled(universe), []);
  });

  test("a little sooner or later than the others: those that were forked together do not end together", () => {
    const universe = running(4, { recycleJobs: 1_000 });
    const at = new Map<number, number>();
    for (let finished = 890; finished <= 1_000; finished += 5) {
      all(universe, { finished });
      for (const worker of recycled(universe)) if (!at.has(worker)) at.set(worker, finished);
      while (universe.pending.length > 0) universe.step(0);
    }
    assert.equal(at.size >= 4 && new Set(at.values()).size > 1, true, JSON.stringify([...at]));
  });
});
