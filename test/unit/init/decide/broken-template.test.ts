import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ExitStatus } from "../../../../src/init/state/event.ts";
import type { Worker } from "../../../../src/init/state/worker.ts";
import { limits, Universe } from "../../../support/universe.ts";

/** Drops what ordered workers without a pid were about to do, as if the template hung. */
function hang(universe: Universe): void {
  universe.pending = universe.pending.filter((event) => !("worker" in event));
}

/** Two workers in their slots. The first has just been killed, and its successor is ordered. */
function afterCrash(engine: "auto" | "fork" = "auto"): { universe: Universe; neighbour: Worker } {
  const universe = new Universe({ engine: "fork", workers: 2 }, { ...limits, engine });
  universe.settle();
  universe.actions.length = 0;
  const [first, neighbour] = universe.world.workers;
  assert.ok(first && neighbour);
  universe.happen({ kind: "workerExited", worker: first.id, status: { signal: "SIGKILL" } });
  return { universe, neighbour };
}

function passTime(universe: Universe): void {
  universe.now = universe.nextDeadline();
  universe.decide();
}

/** Runs until the order is overdue, the template was killed and has ended, and the next one has loaded. */
function breakTemplate(universe: Universe): void {
  const { templates } = universe.world;
  const broken = templates.find((one) => one.state === "ready")?.id;
  for (let turn = 0; turn < 50 && templates.some((one) => one.id === broken); turn++) {
    hang(universe);
    if (universe.pending.length > 0) universe.step(0);
    else passTime(universe);
  }
  for (let turn = 0; turn < 50 && !universe.world.workers.some(isAsked); turn++) {
    if (universe.pending.length > 0) universe.step(0);
    else passTime(universe);
  }
}

const isAsked = (worker: Worker) => worker.state === "asked";
const kills = (universe: Universe) => universe.actions.filter((action) => action.kind === "killTemplate");

describe("a template that does not fork what it was asked for", () => {
  test("is killed in time and replaced, its workers stay alive, and its successor fills the slot", () => {
    const { universe, neighbour } = afterCrash();
    const orderedAt = universe.now;
    breakTemplate(universe);
    const [kill] = kills(universe);
    assert.match(kill?.why ?? "", /slot 0 25 s ago/);
    assert.ok(universe.now >= orderedAt + limits.forkTimeMs);
    universe.settle();
    assert.equal(kills(universe).length, 1);
    assert.equal(universe.world.current?.engine, "fork");
    assert.deepEqual(universe.world.workers.map((one) => [one.slot, one.state, one.generation]).toReversed(), [
      [0, "taking", 1],
      [1, "taking", 1],
    ]);
    assert.ok(universe.world.workers.includes(neighbour), "its neighbour was left alone");
  });

  test("is the third in a row: init spawns workers from then on and keeps the reason", () => {
    const { universe, neighbour } = afterCrash();
    for (let times = 0; times < limits.brokenTemplates; times++) breakTemplate(universe);
    universe.settle();
    assert.equal(universe.world.current?.engine, "spawn");
    assert.match(universe.world.current.engineReason ?? "", /3 templates in a row/);
    assert.equal(universe.world.templates.length, 0);
    assert.equal(universe.taking(0)[0]?.template, undefined);
    assert.ok(universe.world.workers.includes(neighbour), "forked workers stay");
    universe.happen({ kind: "order", order: { kind: "reload" } });
    universe.settle();
    assert.equal(universe.world.current.engine, "fork", "a reload tries the fork again");
  });

  test("is replaced without end while a worker needs runners, which nothing but a template can fork", () => {
    const { universe, neighbour } = afterCrash();
    const host = { socketName: "runners", secret: "secret" };
    universe.happen({ kind: "workerWantsRunners", worker: neighbour.id, wanted: { waiting: 1, host } });
    for (let times = 0; times <= limits.brokenTemplates; times++) breakTemplate(universe);
    universe.settle();
    assert.equal(universe.world.current?.engine, "fork");
    assert.deepEqual(
      universe.actions.filter(({ kind }) => kind === "fallBack"),
      [],
    );
    assert.equal(universe.world.templates.length, 1);
  });

  test("is killed in time for a runner that it does not fork, and spawned workers do not replace it", () => {
    const { universe, neighbour } = afterCrash();
    universe.settle();
    const host = { socketName: "runners", secret: "secret" };
    universe.happen({ kind: "workerWantsRunners", worker: neighbour.id, wanted: { waiting: 2, host } });
    universe.pending = [];
    const orderedAt = universe.now;
    const [template] = universe.world.templates;
    passTime(universe);
    assert.equal(universe.now, orderedAt + limits.forkTimeMs);
    const why = "it was ordered to fork a runner for slot 1 25 s ago, and its pid never became known";
    assert.deepEqual(kills(universe), [{ kind: "killTemplate", template: template?.id, why, broken: false }]);
    universe.settle();
    assert.equal(kills(universe).length, 1);
    assert.equal(universe.world.brokenTemplates, 0);
    assert.deepEqual(
      universe.world.runners.map(({ state }) => state),
      ["primed", "primed"],
    );
  });

  test("is not blamed for a runner that it has forked, and that is not ready in time", () => {
    const { universe, neighbour } = afterCrash();
    universe.settle();
    const host = { socketName: "runners", secret: "secret" };
    universe.happen({ kind: "workerWantsRunners", worker: neighbour.id, wanted: { waiting: 1, host } });
    universe.pending = universe.pending.filter((event) => event.kind === "runnerLaunched");
    universe.step(0);
    passTime(universe);
    assert.ok(universe.actions.some(({ kind }) => kind === "killRunner"));
    assert.deepEqual(kills(universe), []);
  });

  test("is retried with a growing back-off, and never spawned, with FORKER_ENGINE=fork", () => {
    const { universe } = afterCrash("fork");
    const waits: number[] = [];
    for (let times = 0; times < 5; times++) {
      breakTemplate(universe);
      waits.push(universe.world.brokenTemplates);
    }
    assert.deepEqual(waits, [1, 2, 3, 4, 5]);
    assert.equal(universe.world.current?.engine, "fork");
    assert.equal(universe.exited, undefined);
  });

  test("counts from one again if a worker was launched in between", () => {
    const { universe } = afterCrash();
    breakTemplate(universe);
    breakTemplate(universe);
    assert.equal(universe.world.brokenTemplates, 2);
    universe.settle();
    assert.equal(universe.world.brokenTemplates, 0);
  });

  test("is replaced at once if it reports so itself", () => {
    const { universe } = afterCrash();
    const asked = universe.world.workers.find(isAsked);
    assert.ok(asked?.template);
    hang(universe);
    universe.happen({ kind: "workerNotLaunched", worker: asked.id, why: "fork: ETIMEDOUT" });
    universe.happen({ kind: "templateBroken", template: asked.template, why: "fork: ETIMEDOUT" });
    assert.deepEqual(kills(universe), [
      { kind: "killTemplate", template: asked.template, why: "fork: ETIMEDOUT", broken: true },
    ]);
    universe.settle();
    assert.equal(universe.taking(0).length, 1);
  });

  test("stays if the system had no room, and the slot waits longer each time", () => {
    const { universe } = afterCrash();
    const waits: number[] = [];
    for (let times = 0; times < 4; times++) {
      const asked = universe.world.workers.find(isAsked);
      assert.ok(asked);
      hang(universe);
      universe.happen({ kind: "workerNotLaunched", worker: asked.id, why: "fork: EAGAIN" });
      const began = universe.now;
      passTime(universe);
      waits.push(universe.now - began);
    }
    assert.deepEqual(waits, [100, 200, 400, 800]);
    assert.deepEqual(kills(universe), []);
  });

  test("is blamed for a worker that was launched and never dials, which is killed", () => {
    const { universe } = afterCrash();
    const asked = universe.world.workers.find(isAsked);
    assert.ok(asked);
    universe.pending = universe.pending.filter((event) => event.kind === "workerLaunched");
    universe.step(0);
    universe.now += limits.forkTimeMs;
    universe.decide();
    assert.equal(asked.state, "killed");
    assert.equal(kills(universe)[0]?.template, asked.template);
    universe.settle();
    assert.equal(universe.taking(0).length, 1);
  });

  test("fails a reload, and the old generation stays", () => {
    const universe = new Universe({ engine: "fork", workers: 2 });
    universe.settle();
    universe.happen({ kind: "order", order: { kind: "reload" } });
    while (!universe.world.workers.some(isAsked)) universe.step(0);
    hang(universe);
    universe.settle();
    assert.equal(universe.world.current?.number, 1);
    assert.deepEqual(
      universe.world.workers.map((one) => [one.slot, one.generation]),
      [
        [0, 1],
        [1, 1],
      ],
    );
  });
});

describe("a template that does not survive the fork trial", () => {
  const died = { signal: "SIGSEGV" };
  const trial = (engine: "auto" | "fork") => {
    const universe = new Universe({ engine: "fork", workers: 1 }, { ...limits, engine });
    universe.decide();
    return universe;
  };
  /** The loading template begins its trial fork, and then exits or hangs. */
  const loseTemplate = (universe: Universe, status?: ExitStatus) => {
    const template = universe.world.templates.find((one) => one.state === "loading");
    assert.ok(template);
    universe.pending = universe.pending.filter((event) => event.kind === "templateLaunched");
    if (universe.pending.length > 0) universe.step(0);
    universe.happen({ kind: "templateTrying", template: template.id });
    if (status !== undefined) universe.happen({ kind: "templateExited", template: template.id, status });
  };

  test("is replaced by one that spawns its workers and is not tried", () => {
    const universe = trial("auto");
    loseTemplate(universe, died);
    const [second] = universe.world.templates;
    assert.equal(second?.spawnReason, "the template died of SIGSEGV during its trial fork");
    assert.equal(universe.world.candidate?.number, 1);
    universe.settle();
    assert.equal(universe.world.phase, "running");
  });

  test("has its whole time again each time that it says that it waits", () => {
    const universe = trial("auto");
    loseTemplate(universe);
    const [template] = universe.world.templates;
    assert.ok(template);
    universe.now += limits.trialTimeMs - 1;
    universe.happen({ kind: "templateTrying", template: template.id });
    assert.equal(template.deadline, universe.now + limits.trialTimeMs);
  });

  test("is killed in time if it hangs, which counts the same", () => {
    const universe = trial("auto");
    loseTemplate(universe);
    const triedAt = universe.now;
    universe.now = universe.nextDeadline();
    assert.equal(universe.now, triedAt + limits.trialTimeMs);
    universe.decide();
    assert.match(kills(universe)[0]?.why ?? "", /did not return from the trial fork/);
    universe.pending = [];
    const [killed] = universe.world.templates;
    assert.ok(killed);
    universe.happen({ kind: "templateExited", template: killed.id, status: { signal: "SIGKILL" } });
    assert.equal(universe.world.templates[0]?.spawnReason, "the template did not return during its trial fork");
  });

  test("fails the boot with FORKER_ENGINE=fork", () => {
    const universe = trial("fork");
    loseTemplate(universe, died);
    universe.settle();
    assert.equal(universe.exited, "bootFailure");
  });

  test("is not blamed on the trial if the application ended the process", () => {
    const universe = trial("auto");
    loseTemplate(universe, { exitCode: 3 });
    universe.settle();
    assert.equal(universe.exited, "bootFailure");
  });

  test("is not blamed on the trial if a signal came before it", () => {
    const universe = trial("auto");
    const [template] = universe.world.templates;
    assert.ok(template);
    universe.pending = [];
    universe.happen({ kind: "templateExited", template: template.id, status: died });
    universe.settle();
    assert.equal(universe.exited, "bootFailure");
  });

  test("makes a reload spawn its generation, and the old one works until that is there", () => {
    const universe = new Universe({ engine: "fork", workers: 2 });
    universe.settle();
    universe.happen({ kind: "order", order: { kind: "reload" } });
    loseTemplate(universe, died);
    assert.equal(universe.world.current?.number, 1);
    assert.equal(universe.taking(0).length, 1);
    universe.settle();
    assert.equal(universe.world.current?.number, 2);
  });

  test("ends the forking after the third, if it stands in for one that died", () => {
    const universe = new Universe({ engine: "fork", workers: 1 });
    universe.settle();
    const [first] = universe.world.templates;
    assert.ok(first);
    universe.happen({ kind: "templateExited", template: first.id, status: died });
    for (let times = 0; times < limits.brokenTemplates; times++) {
      assert.equal(universe.world.current?.engine, "fork");
      while (!universe.world.templates.some((one) => one.state === "loading")) passTime(universe);
      loseTemplate(universe, died);
    }
    universe.settle();
    assert.equal(universe.world.current?.engine, "spawn");
  });
});

for (const what of ["TTOU", "stop"] as const) {
  test(`a worker that a dead template did not fork is given up just as soon after ${what}`, () => {
    const universe = new Universe({ engine: "fork", workers: 2 }, { ...limits, stopTimeoutMs: 60_000 });
    universe.settle();
    const template = universe.world.templates.find(({ state }) => state === "ready");
    const last = universe.world.workers.find(({ slot }) => slot === 1);
    assert.ok(template && last);
    universe.happen({ kind: "workerExited", worker: last.id, status: { signal: "SIGKILL" } });
    const ordered = universe.world.workers.find(isAsked);
    assert.ok(ordered);
    hang(universe);
    universe.happen({ kind: "templateExited", template: template.id, status: { signal: "SIGKILL" } });
    universe.happen({ kind: "order", order: { kind: what === "TTOU" ? "removeWorker" : "stop" } });
    const endedAt = universe.now;
    while (universe.world.workers.includes(ordered)) {
      hang(universe);
      passTime(universe);
    }
    assert.equal(universe.now, endedAt + limits.orphanTimeMs);
  });
}

describe("a template that replaces another, and ends because the machine is too busy", () => {
  test("is replaced after pauses, and the generation goes on to fork", () => {
    const universe = new Universe({ engine: "fork", workers: 1 }, { ...limits, engine: "auto" });
    universe.decide();
    assert.deepEqual(
      universe.world.templates.map((one) => one.isReplacement),
      [false],
    );
    universe.settle();
    const end = () => {
      const [template] = universe.world.templates;
      assert.ok(template);
      universe.happen({ kind: "templateExited", template: template.id, status: { exitCode: 70 } });
    };
    for (let time = 0; time < limits.brokenTemplates + 2; time++) {
      end();
      universe.pending = [];
      while (universe.world.templates.length === 0) passTime(universe);
      assert.deepEqual(
        universe.world.templates.map((one) => [one.isReplacement, one.spawnReason]),
        [[true, undefined]],
      );
    }
    assert.equal(universe.world.current?.engine, "fork");
  });
});
