import assert from "node:assert/strict";
import { test } from "node:test";
import type { BoardRow } from "../../../../src/board/row-reader.ts";
import { statusOf } from "../../../../src/init/report/build-status.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

test("status tells for how long a worker has held no job, whether or not somebody suspends and resumes it meanwhile", async () => {
  const universe = new Universe({ engine: "fork", workers: 1 });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  const show = (row: Partial<BoardRow>) => {
    universe.now += 1_000;
    const seen = boardRow({ pid: worker.pid ?? 0, beatAt: universe.now, ...row });
    universe.happen({ kind: "boardRead", records: new Map([[worker.id, seen]]), stoppedBySignal: new Set() });
  };
  const idleMs = async () => {
    const facts = { limits, startedAt: 0, turnedAt: universe.now, now: universe.now, logLinesDropped: 0 };
    const { slots } = await statusOf(universe.world, facts, () => Promise.resolve(null));
    return slots[0]?.workers[0]?.idleMs;
  };
  show({ holding: [{ queue: "jobs", id: "1", startedAt: universe.now, stage: "running" }] });
  assert.equal(await idleMs(), null);
  show({});
  show({ mode: "suspended", notTakingReason: "mode" });
  show({});
  assert.equal(await idleMs(), 3_000);
});
