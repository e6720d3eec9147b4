import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyEvent } from "../../../../src/init/state/apply-event.ts";
import type { Event } from "../../../../src/init/state/event.ts";
import { limits, Universe } from "../../../support/universe.ts";

const host = { socketName: "runners", secret: "secret" };

function running(workers = 1): Universe {
  const universe = new Universe({ engine: "fork", workers });
  universe.settle();
  universe.actions.length = 0;
  return universe;
}

function want(universe: Universe, waiting: number, isUrgent = false): number {
  const [worker] = universe.taking(0);
  assert.ok(worker);
  universe.happen({ kind: "workerWantsRunners", worker: worker.id, wanted: { waiting, isUrgent, host } });
  universe.settle();
  return worker.id;
}

const take = (universe: Universe, worker: number, at = 0): Event => ({
  kind: "runnerTaken",
  runner: universe.world.runners[at]?.id ?? 0,
  worker,
  job: { queue: "jobs", id: "1" },
});

const states = (universe: Universe) => universe.world.runners.map(({ state }) => state);
const killed = (universe: Universe) => universe.actions.filter(({ kind }) => kind === "killRunner");

describe("a worker gets the runners that it wants", () => {
  test("and another one for each that gets a job", () => {
    const universe = running();
    const worker = want(universe, 2);
    assert.deepEqual(states(universe), ["primed", "primed"]);
    universe.happen(take(universe, worker));
    universe.settle();
    assert.deepEqual(states(universe), ["running", "primed", "primed"]);
  });

  test("together, when half of them are lacking", () => {
    const universe = running();
    const worker = want(universe, 4);
    universe.happen(take(universe, worker));
    universe.settle();
    assert.deepEqual(states(universe), ["running", "primed", "primed", "primed"]);
    universe.happen(take(universe, worker, 1));
    universe.settle();
    assert.deepEqual(states(universe), ["running", "running", "primed", "primed", "primed", "primed"]);
  });

  test("while jobs wait, as soon as none is being forked", () => {
    const universe = running();
    const worker = want(universe, 4, true);
    universe.happen(take(universe, worker));
    assert.deepEqual(states(universe), ["running", "primed", "primed", "primed", "asked"]);
    universe.happen(take(universe, worker, 1));
    assert.deepEqual(states(universe), ["running", "running", "primed", "primed", "asked"]);
    universe.settle();
    assert.deepEqual(states(universe), ["running", "running", "primed", "primed", "primed", "primed"]);
  });

  test("only while it takes jobs, and a template of its generation can fork", () => {
    const universe = running();
    const worker = want(universe, 1);
    universe.happen({ kind: "order", order: { kind: "drain" } });
    universe.happen(take(universe, worker));
    assert.deepEqual(states(universe), ["running"]);
  });

  test("later and later if they end before they are primed", () => {
    const universe = running();
    const [worker] = universe.taking(0);
    assert.ok(worker);
    universe.happen({ kind: "workerWantsRunners", worker: worker.id, wanted: { waiting: 1, host } });
    universe.pending.length = 0;
    const pauses = [1, 2, 3].map(() => {
      const [runner] = universe.world.runners;
      assert.ok(runner);
      universe.happen({ kind: "runnerExited", runner: runner.id, status: { exitCode: 70 } });
      assert.deepEqual(states(universe), []);
      const pauseMs = worker.runnersNotBefore - universe.now;
      universe.now = universe.nextDeadline();
      universe.decide();
      universe.pending.length = 0;
      return pauseMs;
    });
    assert.deepEqual(pauses, [100, 200, 400]);
  });
});

describe("a runner is killed", () => {
  test("when its worker asks for it, and not when another one does", () => {
    const universe = running(2);
    const worker = want(universe, 1);
    const [other] = universe.taking(1);
    universe.happen(take(universe, worker));
    universe.settle();
    const runner = universe.world.runners[0]?.id ?? 0;
    universe.happen({ kind: "runnerKillAsked", runner, worker: other?.id ?? 0, why: "not mine" });
    assert.deepEqual(killed(universe), []);
    universe.happen({ kind: "runnerKillAsked", runner, worker, why: "job stopped by SIGUSR1" });
    assert.deepEqual(killed(universe), [{ kind: "killRunner", runner, why: "job stopped by SIGUSR1" }]);
  });

  test("when its worker has ended, and before the jobs of that are handed back", () => {
    const redis = { connection: "redis://127.0.0.1", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
    const universe = new Universe({ engine: "fork", workers: 1, redis });
    universe.settle();
    const worker = want(universe, 1);
    universe.happen(take(universe, worker));
    universe.settle();
    universe.actions.length = 0;
    universe.happen({ kind: "workerExited", worker, status: { signal: "SIGKILL" } });
    const kinds = () => universe.actions.map(({ kind }) => kind).filter((kind) => /killRunner|handBack/.test(kind));
    assert.deepEqual(kinds(), ["killRunner", "killRunner"]);
    universe.settle();
    assert.deepEqual(kinds(), ["killRunner", "killRunner", "handBack"]);
  });

  test("after its worker, whose jobs do not wait for runners that were ordered and not forked yet", () => {
    const redis = { connection: "redis://127.0.0.1", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
    const universe = new Universe({ engine: "fork", workers: 1, redis });
    universe.settle();
    const [worker] = universe.taking(0);
    assert.ok(worker);
    universe.happen({ kind: "workerWantsRunners", worker: worker.id, wanted: { waiting: 2, host } });
    assert.deepEqual(states(universe), ["asked", "asked"]);
    universe.pending.length = 0;
    universe.actions.length = 0;
    universe.happen({ kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
    assert.ok(universe.actions.some(({ kind }) => kind === "handBack"));
  });

  test("when it is not primed in time, or does not exit", () => {
    const universe = running();
    const [worker] = universe.taking(0);
    assert.ok(worker);
    universe.happen({ kind: "workerWantsRunners", worker: worker.id, wanted: { waiting: 1, host } });
    const [launched] = universe.pending.splice(0);
    assert.ok(launched);
    universe.happen(launched);
    universe.now += limits.bootTimeoutMs;
    universe.decide();
    assert.match(JSON.stringify(killed(universe)), /not ready for a job in time/);
  });
});

test("a worker hears of the end of a runner that init gives up", () => {
  const universe = running();
  const [worker] = universe.taking(0);
  assert.ok(worker);
  universe.happen({ kind: "workerWantsRunners", worker: worker.id, wanted: { waiting: 1, host } });
  const [runner] = universe.world.runners;
  assert.ok(runner);
  // Its template has died before it could report the pid.
  universe.pending.length = 0;
  universe.happen({ kind: "runnerPrimed", runner: runner.id, worker: worker.id });
  universe.now = runner.deadline;
  universe.decide();
  const [givenUp] = universe.actions.filter(({ kind }) => kind === "giveUp");
  assert.deepEqual(givenUp?.kind === "giveUp" && givenUp.runnerOf, {
    worker: worker.id,
    end: { fate: "killed", why: "its pid never became known" },
  });
});

test("init waits for its runners before it exits", () => {
  const universe = running();
  const worker = want(universe, 1);
  universe.happen(take(universe, worker));
  universe.happen({ kind: "order", order: { kind: "stop" } });
  universe.settle();
  assert.equal(universe.exited, "done");
  assert.deepEqual(states(universe), []);
});

test("a runner that init has given up, and that exists after all, is killed, and does not count as another failure", () => {
  const universe = running();
  want(universe, 2);
  const [runner] = universe.world.runners;
  const [worker] = universe.taking(0);
  assert.ok(runner && worker);
  const record = { ...runner, id: 999, pid: undefined, state: "asked", wasPrimed: false } as const;
  // Both events come in one turn of the loop.
  applyEvent(universe.world, { kind: "runnerFound", runner: 999, record }, limits, universe.now);
  universe.happen({ kind: "runnerLaunched", runner: 999, pid: 4_000 });
  assert.deepEqual(killed(universe), [{ kind: "killRunner", runner: 999, why: "init had given it up" }]);
  universe.happen({ kind: "runnerExited", runner: 999, status: { signal: "SIGKILL" } });
  assert.equal(worker.runnerFailures, 0);
});
