import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nextDeadline } from "../../../../src/init/decide/reconcile.ts";
import type { PlaceReport } from "../../../../src/protocol/redis-place.ts";
import { limits, Universe } from "../../../support/universe.ts";

function placed(server: string): PlaceReport {
  const connection = { host: server, password: "secret" };
  const redis = { connection, prefix: "bull", bull: { version: "6.7.0", major: 6 } };
  return { identity: `${server}/0 bull`, text: `${server}, prefix bull`, redis };
}

/** The workers run, and none has reported a place. */
function awaiting(workers = 2): Universe {
  const universe = new Universe({ engine: "fork", workers });
  universe.settle();
  universe.actions.length = 0;
  return universe;
}

function report(universe: Universe, slot: number, place: PlaceReport): void {
  const worker = universe.world.workers.findLast((one) => one.slot === slot)?.id ?? 0;
  universe.happen({ kind: "workerPlaced", worker, place });
  universe.settle();
}

function reload(universe: Universe): void {
  universe.happen({ kind: "order", order: { kind: "reload" } });
  universe.settle();
}

/** Delivers events, and lets time pass. */
function stepUntil(universe: Universe, isOver: () => boolean): void {
  for (let steps = 0; !isOver(); steps++) {
    assert.ok(steps < 100, "nothing happens");
    universe.now += 100;
    universe.decide();
    if (universe.pending.length > 0) universe.step(0);
  }
}

const keeperAt = ({ world }: Universe) => (world.keeper?.redis.connection as { host?: string } | undefined)?.host;
const kindsOf = ({ actions }: Universe) => actions.map(({ kind }) => kind);

describe("the place of a generation whose workers report it", () => {
  test("is that of the first report, and the keeper starts there", () => {
    const universe = awaiting();
    assert.equal(keeperAt(universe), undefined);
    report(universe, 1, placed("one"));
    report(universe, 0, placed("one"));
    assert.equal(keeperAt(universe), "one");
    assert.deepEqual(kindsOf(universe), ["startKeeper"]);
  });

  test("ends init if two workers report different ones, and the reason names both without a password", () => {
    const universe = awaiting();
    report(universe, 0, placed("one"));
    report(universe, 1, placed("two"));
    const failed = universe.actions.filter(({ kind }) => kind === "fail");
    assert.equal(failed.length, 1);
    assert.match(
      JSON.stringify(failed),
      /got one, prefix bull, and two, prefix bull in the worker of slot 1; start one/,
    );
    assert.doesNotMatch(JSON.stringify(failed), /secret/);
    assert.equal(universe.exited, "badConfig");
  });

  test("may change with a reload: the keeper serves the place before until the new one is known", () => {
    const universe = awaiting();
    report(universe, 0, placed("one"));
    reload(universe);
    assert.equal(universe.world.current?.number, 2);
    assert.equal(keeperAt(universe), "one");
    report(universe, 0, placed("two"));
    assert.equal(keeperAt(universe), "two");
  });

  test("does not restart the keeper if it is the same after a reload", () => {
    const universe = awaiting();
    report(universe, 0, placed("one"));
    reload(universe);
    universe.actions.length = 0;
    report(universe, 0, placed("one"));
    assert.deepEqual(kindsOf(universe), []);
  });

  test("keeps a keeper that died meanwhile", () => {
    const universe = awaiting();
    report(universe, 0, placed("one"));
    reload(universe);
    const keeper = universe.world.keeper?.id ?? 0;
    universe.happen({ kind: "keeperExited", keeper, status: { signal: "SIGKILL" } });
    universe.settle();
    assert.notEqual(universe.world.keeper?.id, keeper);
    assert.equal(keeperAt(universe), "one");
  });

  test("is not changed by a worker of a generation that has been replaced", () => {
    const universe = awaiting(1);
    const old = universe.world.workers[0]?.id ?? 0;
    universe.happen({ kind: "order", order: { kind: "reload" } });
    while (universe.world.current?.number === 1) universe.step(0);
    universe.happen({ kind: "workerPlaced", worker: old, place: placed("one") });
    assert.equal(universe.world.current?.place, undefined);
  });
});

describe("a Worker on a second place", () => {
  const refusal = { exit: "badConfig", why: "Worker of queue import: …" } as const;

  test("ends init at once, and not after ten deaths", () => {
    const universe = awaiting();
    for (const { id } of universe.world.workers) universe.happen({ kind: "workerRefused", worker: id, refusal });
    universe.settle();
    assert.deepEqual(
      universe.actions.filter(({ kind }) => kind === "fail"),
      [{ kind: "fail", ...refusal }],
    );
    assert.equal(universe.exited, "badConfig");
  });

  test("in the first worker of a reload abandons the reload", () => {
    const universe = awaiting(1);
    universe.happen({ kind: "order", order: { kind: "reload" } });
    const isNew = () => universe.world.workers.find(({ generation }) => generation === 2);
    while (isNew() === undefined) universe.step(0);
    universe.happen({ kind: "workerRefused", worker: isNew()?.id ?? 0, refusal });
    universe.settle();
    assert.ok(universe.actions.some((action) => action.kind === "abandonReload" && action.why === refusal.why));
    assert.equal(universe.world.current?.number, 1);
    assert.equal(universe.exited, undefined);
  });
});

describe("a candidate whose application goes on after its first worker has started", () => {
  /** A reload whose first worker has started. */
  function started(): { readonly universe: Universe; readonly first: number } {
    const universe = awaiting(1);
    universe.happen({ kind: "order", order: { kind: "reload" } });
    const first = () => universe.world.workers.find(({ generation }) => generation === 2);
    stepUntil(universe, () => first()?.state === "starting");
    const worker = first()?.id ?? 0;
    universe.pending = universe.pending.filter((event) => event.kind !== "workerStarted");
    universe.happen({ kind: "workerStarted", worker, goesOn: true });
    return { universe, first: worker };
  }

  test("is activated when the application has settled", () => {
    const { universe, first } = started();
    assert.equal(universe.world.current?.number, 1);
    universe.happen({ kind: "workerSettled", worker: first });
    assert.equal(universe.world.current?.number, 2);
  });

  test("is activated after a while if the application does not settle", () => {
    const { universe } = started();
    const dueMs = universe.now + limits.settleTimeMs;
    assert.ok(nextDeadline(universe.world, limits, universe.now) <= dueMs);
    universe.now = dueMs;
    universe.decide();
    assert.equal(universe.world.current?.number, 2);
  });

  test("is abandoned when it is refused, or when its workers end, and the reason is that of the last", () => {
    const { universe, first } = started();
    universe.happen({ kind: "workerRefused", worker: first, refusal: { exit: "badConfig", why: "two Workers" } });
    assert.ok(universe.actions.some((action) => action.kind === "abandonReload" && action.why === "two Workers"));
    const other = started();
    other.universe.happen({ kind: "workerCrashed", worker: other.first, cause: "Error: no" });
    other.universe.happen({ kind: "workerExited", worker: other.first, status: { exitCode: 1 } });
    assert.deepEqual(
      [other.universe.world.candidate?.failures, other.universe.world.candidate?.lastFailure],
      [1, "ended with exit code 1: Error: no"],
    );
  });
});

describe("a spawned worker that is refused at its start", () => {
  const refusal = { exit: "badConfig", why: "two Workers" } as const;

  test("ends init at once if no other worker of its generation runs", () => {
    const universe = new Universe({ engine: "spawn", workers: 2 });
    const isDialled = () => universe.world.workers.find(({ state }) => state === "starting");
    universe.decide();
    stepUntil(universe, () => isDialled() !== undefined);
    universe.happen({ kind: "workerStartFailed", worker: isDialled()?.id ?? 0, why: refusal.why, refusal });
    universe.settle();
    assert.equal(universe.exited, "badConfig");
  });

  test("is started again if others run: somebody has changed the file", () => {
    const universe = new Universe({ engine: "spawn", workers: 2 });
    universe.settle();
    const [dead, living] = universe.world.workers.map(({ id }) => id);
    universe.happen({ kind: "workerExited", worker: dead ?? 0, status: { signal: "SIGKILL" } });
    const next = () => universe.world.workers.find(({ id, state }) => id !== living && state === "starting");
    stepUntil(universe, () => next() !== undefined);
    universe.happen({ kind: "workerStartFailed", worker: next()?.id ?? 0, why: refusal.why, refusal });
    assert.equal(universe.world.refusal, undefined);
    assert.equal(universe.exited, undefined);
  });
});
