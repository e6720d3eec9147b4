// Which deaths of a worker count against the jobs that it held.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Event } from "../../../../src/init/state/event.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
const job = { queue: "mail", id: "7", startedAt: 0, stage: "running" as const };

/** A forker whose worker holds a job, and drains because of this event. The worker is then killed from outside. */
function killedWhileDraining(reason: Event | "recycled"): readonly boolean[] {
  const universe = new Universe({ engine: "fork", workers: 1, redis }, { ...limits, recycleJobs: 10 });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker !== undefined);
  const finished = reason === "recycled" ? 10 : 0;
  const row = boardRow({ pid: worker.pid ?? 0, beatAt: universe.now, tookAt: universe.now, holding: [job], finished });
  universe.happen({ kind: "boardRead", records: new Map([[worker.id, row]]), stoppedBySignal: new Set() });
  if (reason !== "recycled") universe.happen(reason);
  while (worker.state === "taking") universe.step(0);
  assert.equal(worker.state, "draining");
  universe.happen({ kind: "workerExited", worker: worker.id, status: { signal: "SIGSEGV" } });
  return universe.world.handBackOrders.map(({ counts }) => counts);
}

describe("the death of a worker that drains", () => {
  test("counts if it is recycled: its job would kill every successor that is recycled, without end", () => {
    assert.deepEqual(killedWhileDraining("recycled"), [true]);
  });

  test("counts in a reload", () => {
    assert.deepEqual(killedWhileDraining({ kind: "order", order: { kind: "reload" } }), [true]);
  });

  test("does not count if forker is to end: a grace period that is too short is not the fault of a job", () => {
    assert.deepEqual(killedWhileDraining({ kind: "order", order: { kind: "drain" } }), [false]);
  });
});
