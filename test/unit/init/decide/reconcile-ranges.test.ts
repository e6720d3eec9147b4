import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readiness } from "../../../../src/admin/health.ts";
import { rangeText } from "../../../../src/admin/terminal/status-lines.ts";
import type { BoardJob, BoardRow } from "../../../../src/board/row-reader.ts";
import { repeated, type WorkerSpec } from "../../../../src/config/workload.ts";
import { rangeStatus } from "../../../../src/init/report/build-status.ts";
import { healthSnapshot } from "../../../../src/init/report/health-snapshot.ts";
import { rangesOf, wantedSlots } from "../../../../src/init/state/wanted-slots.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://redis", prefix: "bull", bull: { version: "6.7.0", major: 6 } } as const;
const range = (minimum: number, count: number, queues = ["jobs"]): WorkerSpec[] =>
  repeated({ queues }, { minimum, count });

/** A container whose keeper runs, and whose cgroup has room. */
function running(specs: readonly WorkerSpec[], own = limits): Universe {
  const universe = new Universe({ engine: "fork", workers: specs.length, specs, redis }, own);
  universe.settle();
  universe.happen({
    kind: "roomRead",
    room: { freeMemoryBytes: undefined, grantedCpus: 64, usedCpus: undefined },
  });
  universe.actions.length = 0;
  return universe;
}

function due(universe: Universe, jobs: number, queue = "jobs"): void {
  const keeper = universe.world.keeper?.id ?? 0;
  universe.happen({ kind: "keeperCountedDue", keeper, queues: [{ queue, jobs }] });
}

/** The board shows a job in each of these slots, and an idle worker in the others. */
function holding(universe: Universe, ...slots: readonly number[]): void {
  const job: BoardJob = { queue: "jobs", id: "1", stage: "running", startedAt: universe.now };
  const records = new Map(
    universe.world.workers.map(({ id, slot }): [number, BoardRow] => [
      id,
      boardRow({ beatAt: universe.now, holding: slots.includes(slot) ? [job] : [] }),
    ]),
  );
  universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set() });
}

/** A second after the other passes, in which the keeper counts this many due jobs. */
function pass(universe: Universe, seconds: number, busy: readonly number[] = [], jobs = 0): void {
  for (let second = 0; second < seconds; second++) {
    universe.now += 1_000;
    due(universe, jobs);
    holding(universe, ...busy);
  }
}

const slotsOf = ({ world }: Universe) => world.workers.map(({ slot }) => slot).toSorted((one, other) => one - other);
const order = (universe: Universe, kind: "addWorker" | "removeWorker" | "reload" | "suspend" | "resume") =>
  universe.happen({ kind: "order", order: { kind } });

describe("a range", () => {
  test("starts with the fewest workers, and so do the lines after it", () => {
    assert.deepEqual(slotsOf(running([...range(1, 3), { queues: ["mail"] }, ...range(0, 2, ["export"])])), [0, 3]);
  });

  test("has the workers that it needs in the turn in which init learns of the jobs", () => {
    const universe = running(range(1, 8));
    holding(universe, 0);
    due(universe, 500);
    const [added, started] = universe.actions.filter(({ kind }) => kind !== "take");
    assert.ok(added?.kind === "addWorkers");
    assert.deepEqual([added.from, added.slots, added.waiting], [1, [1, 2, 3, 4, 5, 6, 7], 500]);
    assert.match(added.why, /would take more than 1000 ms/);
    assert.deepEqual(started, { kind: "startWorkers", generation: 1, slots: [1, 2, 3, 4, 5, 6, 7] });
    universe.settle();
    assert.equal(universe.taking(7).length, 1);
  });

  test("with no worker gets its first one", () => {
    const universe = running(range(0, 4));
    assert.deepEqual(slotsOf(universe), []);
    assert.equal(universe.world.keeper?.state, "ready", "somebody has to see the jobs");
    due(universe, 1);
    assert.deepEqual(slotsOf(universe), [0]);
  });

  test("keeps at least one worker if there is no keeper to see the jobs", () => {
    const universe = new Universe({ engine: "fork", workers: 4, specs: range(0, 4) });
    universe.settle();
    assert.deepEqual(slotsOf(universe), [0]);
    const { world } = universe;
    assert.ok(world.current);
    world.current = { ...world.current, place: { identity: "redis", text: "redis" } };
    const [status] = rangesOf(world).map((one) => rangeStatus(world, one));
    assert.deepEqual(status, { spec: "jobs", workers: 1, minimum: 0, maximum: 4, heldBy: "keeper" });
    assert.equal(rangeText(status), "jobs: 1 worker of 0 to 4, and none is added, because no keeper counts its jobs");
  });

  test("loses idle workers, and never one that holds a job", () => {
    const universe = running(range(1, 4));
    holding(universe, 0);
    due(universe, 500);
    universe.settle();
    pass(universe, 29, [1, 3]);
    assert.deepEqual(slotsOf(universe), [0, 1, 2, 3]);
    pass(universe, 2, [1, 3]);
    const removed = universe.actions.find(({ kind }) => kind === "removeWorkers");
    assert.ok(removed?.kind === "removeWorkers");
    assert.deepEqual(removed.slots, [2]);
    assert.match(removed.why, /2 were enough for 3\d s/);
    universe.settle();
    assert.deepEqual(slotsOf(universe), [0, 1, 3]);
  });

  test("lets a worker finish a job that it has taken in the meantime, whatever it takes", () => {
    const universe = running(range(0, 2));
    due(universe, 1);
    universe.settle();
    pass(universe, 31);
    const drained = universe.actions.find(({ kind }) => kind === "drain");
    assert.ok(drained?.kind === "drain");
    assert.equal(drained.deadline, Infinity);
  });

  test("starts the next worker where none drains", () => {
    const universe = running(range(0, 2));
    due(universe, 1);
    universe.settle();
    pass(universe, 31);
    assert.equal(universe.world.workers[0]?.state, "draining");
    due(universe, 1);
    assert.deepEqual(slotsOf(universe), [0, 1]);
  });

  test("does not change while init does not know how many jobs wait", () => {
    const universe = running(range(1, 4));
    universe.now += 60_000;
    holding(universe, 0);
    universe.now += 60_000;
    universe.decide();
    assert.deepEqual(slotsOf(universe), [0]);
    due(universe, 500);
    universe.settle();
    universe.now += 120_000;
    holding(universe);
    assert.deepEqual(slotsOf(universe), [0, 1, 2, 3], "the counts are too old");
  });

  test("does not grow while it is suspended", () => {
    const universe = running(range(1, 4));
    order(universe, "suspend");
    holding(universe, 0);
    due(universe, 500);
    assert.deepEqual(slotsOf(universe), [0]);
    order(universe, "resume");
    assert.deepEqual(slotsOf(universe), [0, 1, 2, 3]);
  });

  test("says once what keeps it from growing", () => {
    const universe = running(range(1, 4));
    universe.happen({ kind: "roomRead", room: { freeMemoryBytes: 0, grantedCpus: 64, usedCpus: undefined } });
    holding(universe, 0);
    due(universe, 500);
    due(universe, 501);
    const held = universe.actions.filter(({ kind }) => kind === "holdWorkers");
    assert.equal(held.length, 1);
    assert.deepEqual(slotsOf(universe), [0]);
  });

  test("is held by nothing but its maximum once it has that many workers", () => {
    const universe = running(range(1, 4));
    const heldBy = () => universe.world.demands.get(0)?.heldBy;
    const room = { freeMemoryBytes: 0, grantedCpus: 64, usedCpus: undefined };
    universe.happen({ kind: "roomRead", room });
    holding(universe, 0);
    due(universe, 500);
    assert.equal(heldBy(), "memory");
    universe.happen({ kind: "roomRead", room: { ...room, freeMemoryBytes: 2 ** 40 } });
    due(universe, 500);
    assert.deepEqual(slotsOf(universe), [0, 1, 2, 3]);
    universe.settle();
    holding(universe, 0, 1, 2, 3);
    due(universe, 500);
    assert.equal(heldBy(), undefined);
  });

  test("blames the CPUs only when it has measured them with all its workers", () => {
    const universe = running(range(1, 8));
    const read = (usedCpus: number) => {
      universe.now += 100;
      universe.happen({ kind: "roomRead", room: { freeMemoryBytes: undefined, grantedCpus: 2, usedCpus } });
    };
    const blames = () => universe.actions.filter(({ kind }) => kind === "holdWorkers").length;
    read(0);
    holding(universe, 0);
    due(universe, 500);
    assert.deepEqual(slotsOf(universe), [0, 1]);
    assert.equal(blames(), 0, "nothing has been measured");
    read(1);
    read(1);
    assert.equal(blames(), 0, "the second worker has not started");
    universe.now += 50;
    universe.settle();
    assert.deepEqual(slotsOf(universe), [0, 1], "what the second worker uses is not known yet");
    holding(universe, 0, 1);
    read(2);
    due(universe, 500);
    assert.equal(blames(), 0, "the time in which it has started counts");
    read(2);
    due(universe, 500);
    assert.equal(blames(), 1);
    assert.deepEqual(slotsOf(universe), [0, 1]);
  });

  test("does not use the room twice for workers that have just been added", () => {
    const universe = running(range(1, 8));
    const room = { freeMemoryBytes: 3 * 2 ** 26, grantedCpus: 64, usedCpus: undefined };
    universe.happen({ kind: "roomRead", room });
    holding(universe, 0);
    due(universe, 500);
    assert.deepEqual(slotsOf(universe), [0, 1, 2]);
  });

  test("does not count a worker that has just started as one that takes no jobs", () => {
    const universe = running(range(0, 4));
    universe.world.jobMs.set("jobs", 20);
    due(universe, 3);
    universe.settle();
    due(universe, 3);
    assert.deepEqual(slotsOf(universe), [0]);
    universe.now += 2 * limits.clearTimeMs;
    due(universe, 3);
    assert.deepEqual(slotsOf(universe), [0, 1], "it has taken none for long");
  });

  test("does not grow by a count that is older than the time in which no worker has taken a job", () => {
    const universe = running(range(2, 8));
    universe.world.jobMs.set("jobs", 20);
    holding(universe, 0, 1);
    due(universe, 3);
    universe.now += 2 * limits.clearTimeMs;
    universe.decide();
    assert.deepEqual(slotsOf(universe), [0, 1], "Redis may be unavailable");
    due(universe, 3);
    assert.deepEqual(slotsOf(universe), [0, 1, 2]);
  });

  test("keeps the number of its workers in a reload", () => {
    const universe = running(range(1, 4));
    holding(universe, 0);
    due(universe, 500);
    universe.settle();
    order(universe, "reload");
    universe.settle();
    assert.deepEqual(slotsOf(universe), [0, 1, 2, 3]);
    assert.deepEqual(new Set(universe.world.workers.map(({ generation }) => generation)), new Set([2]));
  });

  test("with no worker is reloaded, too: one worker shows that the new application runs", () => {
    const universe = running(range(0, 4));
    order(universe, "reload");
    universe.settle();
    assert.equal(universe.world.current?.number, 2);
    assert.deepEqual(slotsOf(universe), []);
  });

  test("gets a worker more with TTIN, whatever the demand, and a lower maximum with TTOU", () => {
    const universe = running(range(1, 3));
    order(universe, "addWorker");
    universe.settle();
    assert.deepEqual(slotsOf(universe), [0, 3]);
    order(universe, "removeWorker");
    order(universe, "removeWorker");
    universe.settle();
    assert.deepEqual(slotsOf(universe), [0]);
    holding(universe, 0);
    due(universe, 500);
    assert.deepEqual(wantedSlots(universe.world), [0, 1]);
  });

  test("keeps its last possible worker, which starts when jobs wait, and gets its maximum back with TTIN", () => {
    const universe = running([...range(0, 3, ["import"]), ...range(0, 3)]);
    for (let times = 0; times < 8; times++) order(universe, "removeWorker");
    universe.settle();
    const bounds = () => rangesOf(universe.world).map(({ spec, maximum }) => [...spec.queues, maximum]);
    assert.deepEqual(bounds(), [
      ["import", 3],
      ["jobs", 1],
    ]);
    due(universe, 500);
    universe.settle();
    assert.deepEqual(slotsOf(universe), [3]);
    order(universe, "addWorker");
    assert.deepEqual(bounds(), [
      ["import", 3],
      ["jobs", 2],
    ]);
  });

  test("keeps its last possible worker if TTOU comes while the application loads", () => {
    const specs = [...range(0, 3, ["import"]), ...range(1, 3)];
    const universe = new Universe({ engine: "fork", workers: specs.length, specs, redis });
    universe.decide();
    for (let times = 0; times < 8; times++) order(universe, "removeWorker");
    universe.settle();
    assert.deepEqual(slotsOf(universe), [3]);
  });

  test("gives a slot that it needs to the spare at once", () => {
    const universe = running(range(1, 3), { ...limits, hasSpare: true });
    const spare = universe.world.workers.find(({ isSpare }) => isSpare);
    holding(universe, 0);
    due(universe, 2);
    assert.equal(spare?.state, "taking");
    assert.equal(spare?.slot, 1);
  });

  test("is ready while a worker starts that the demand has added, and with none at all", () => {
    const universe = running(range(0, 2));
    const isReady = () => readiness(healthSnapshot(universe.world, limits, universe.now, universe.now)).ok;
    assert.equal(isReady(), true);
    due(universe, 1);
    assert.equal(isReady(), true);
    universe.now += 6_000;
    assert.equal(isReady(), false, "it does not start");
  });

  test("with no worker is not ready while it is suspended", () => {
    const universe = running(range(0, 2));
    const reason = () => readiness(healthSnapshot(universe.world, limits, universe.now, universe.now)).reason;
    order(universe, "suspend");
    assert.equal(reason(), "suspended");
    order(universe, "resume");
    assert.equal(reason(), null);
  });

  test("leaves with all its workers", () => {
    const universe = running(range(0, 2));
    due(universe, 2);
    universe.settle();
    universe.happen({ kind: "order", order: { kind: "drain" } });
    universe.settle();
    assert.equal(universe.exited, "done");
  });
});
