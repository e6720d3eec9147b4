import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BoardRow } from "../../../../src/board/row-reader.ts";
import { type ExitStatus, exitText } from "../../../../src/init/state/event.ts";
import type { Worker } from "../../../../src/init/state/worker.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

function running(workers: number, engine: "fork" | "spawn" = "fork"): Universe {
  const universe = new Universe({ engine, workers });
  universe.settle();
  universe.actions.length = 0;
  return universe;
}

function worker(universe: Universe, slot: number, generation = universe.world.current?.number): Worker {
  const found = universe.world.workers.find((one) => one.slot === slot && one.generation === generation);
  assert.ok(found, `slot ${slot} has no worker of generation ${generation}`);
  return found;
}

const kinds = (universe: Universe) => universe.actions.map((action) => action.kind);
const kill = { signal: "SIGKILL" } as const;

describe("first boot", () => {
  test("orders the workers of all slots in one batch, after the template has loaded", () => {
    const universe = new Universe({ engine: "fork", workers: 3 });
    universe.settle();
    const batches = universe.actions.filter((action) => action.kind === "startWorkers");
    assert.deepEqual(batches, [{ kind: "startWorkers", generation: 1, slots: [0, 1, 2] }]);
    assert.equal(universe.world.phase, "running");
  });

  test("ends init with the template's own exit code if the template fails", () => {
    const universe = new Universe({ engine: "fork", workers: 3 });
    universe.decide();
    universe.pending = [];
    const [template] = universe.world.templates;
    assert.ok(template);
    const failure = { message: "no processors", stack: undefined, exit: "badApp" as const };
    universe.happen({ kind: "templateFailed", template: template.id, failure });
    universe.happen({ kind: "templateExited", template: template.id, status: { exitCode: 65 } });
    assert.equal(universe.exited, "badApp");
  });

  test("kills a template that hangs at FORKER_BOOT_TIMEOUT, and ends init with bootFailure", () => {
    const universe = new Universe({ engine: "fork", workers: 1 });
    universe.decide();
    universe.pending = universe.pending.filter((event) => event.kind === "templateLaunched");
    universe.settle();
    assert.ok(kinds(universe).includes("killTemplate"));
    assert.equal(universe.exited, "bootFailure");
    assert.equal(universe.now, limits.bootTimeoutMs + limits.bootGraceMs);
  });

  test("obeys an order to leave without waiting for a template that has no process", () => {
    const universe = new Universe({ engine: "fork", workers: 1 });
    universe.decide();
    universe.pending = [];
    universe.happen({ kind: "order", order: { kind: "stop" } });
    assert.equal(universe.exited, "done");
    assert.equal(universe.now, 0);
  });

  const refusals: readonly ExitStatus[] = [
    { unknown: true, notStarted: "spawn E2BIG" },
    { signal: "SIGABRT", threadRefusal: "pids.max is 16" },
  ];
  for (const status of refusals)
    test(`ends init with the system's code if the first template ${exitText(status)}`, () => {
      const universe = new Universe({ engine: "fork", workers: 1 });
      universe.decide();
      universe.pending = [];
      const [template] = universe.world.templates;
      assert.ok(template);
      universe.happen({ kind: "templateExited", template: template.id, status });
      assert.equal(universe.exited, "system");
    });

  test("retries workers that all crash before they start, with back-off, and then gives up", () => {
    const universe = new Universe({ engine: "fork", workers: 2 });
    universe.decide();
    for (let turn = 0; turn < 200 && universe.exited === undefined; turn++) {
      const started = universe.pending.findIndex((event) => event.kind === "workerStarted");
      const [event] = started >= 0 ? universe.pending.splice(started, 1) : [];
      if (event?.kind === "workerStarted") {
        universe.happen({ kind: "workerExited", worker: event.worker, status: { exitCode: 1 } });
      } else if (universe.pending.length > 0) universe.step(0);
      else {
        universe.now += 100;
        universe.decide();
      }
    }
    assert.equal(universe.exited, "crashLoop");
    const waitedMs = [0, 100, 200, 400].reduce((sum, one) => sum + one, 0);
    assert.ok(universe.now >= waitedMs, `gave up after ${universe.now} ms`);
  });
});

/** The worker of slot 0 dies; its row shows this. */
function die(universe: Universe, shown: Partial<BoardRow>): void {
  universe.settle();
  const victim = universe.world.workers[0];
  assert.ok(victim);
  const records = new Map([[victim.id, boardRow({ pid: victim.pid ?? 0, ...shown })]]);
  universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set() });
  universe.happen({ kind: "workerExited", worker: victim.id, status: { exitCode: 9 } });
}

describe("a crash loop", () => {
  /** Lets the worker of this slot die as soon as it has started, `times` times. */
  function crash(universe: Universe, slot: number, times: number): void {
    for (let death = 0; death < times && universe.exited === undefined; death++) {
      universe.settle();
      const victim = universe.world.workers.find((one) => one.slot === slot);
      assert.ok(victim, `slot ${slot} is empty`);
      universe.happen({ kind: "workerExited", worker: victim.id, status: { exitCode: 9 } });
    }
  }

  test("of one slot never ends the others, however long, and its pauses stay below the maximum", () => {
    const universe = running(3);
    crash(universe, 1, 50);
    assert.equal(universe.exited, undefined);
    assert.equal(universe.world.phase, "running");
    const { failures, notBefore } = universe.world.slots[1] ?? { failures: 0, notBefore: 0 };
    assert.equal(failures, 50);
    assert.equal(notBefore - universe.now, limits.backOffMaximumMs);
    universe.settle();
    for (const slot of [0, 1, 2]) assert.equal(universe.taking(slot).length, 1);
    assert.equal(universe.actions.filter(({ kind }) => kind === "fail").length, 0);
  });

  test("of every slot at once ends init at the tenth round, and not before", () => {
    const universe = running(2);
    for (let round = 0; round < limits.crashesInARow; round++) {
      assert.equal(universe.exited, undefined, `after ${round} rounds`);
      universe.settle();
      for (const victim of universe.world.workers.slice())
        universe.happen({ kind: "workerExited", worker: victim.id, status: { exitCode: 9 } });
    }
    universe.settle();
    assert.equal(universe.exited, "crashLoop");
  });

  test("is over when a worker has lived for a while", () => {
    const universe = running(1);
    crash(universe, 0, limits.crashesInARow - 1);
    universe.settle();
    universe.now += limits.healthyAfterMs;
    crash(universe, 0, limits.crashesInARow - 1);
    crash(universe, 0, 1);
    assert.equal(universe.exited, undefined, "the one that lived did not crash at its start");
    crash(universe, 0, 1);
    universe.settle();
    assert.equal(universe.exited, "crashLoop");
  });

  test("is not counted if each worker ran a job before it died", () => {
    const universe = running(1);
    for (let death = 0; death < 5 * limits.crashesInARow; death++) die(universe, { finished: 1 });
    universe.settle();
    assert.equal(universe.exited, undefined);
    assert.equal(universe.world.slots[0]?.failures, 1, "the back-off begins again");
  });

  test("is not counted if each worker died with a job: the job fails for it, and the pauses stay short", () => {
    const universe = running(1);
    const holding = [{ queue: "jobs", id: "1", startedAt: 0, stage: "running" as const }];
    for (let death = 0; death < 5 * limits.crashesInARow; death++) die(universe, { holding });
    const { notBefore } = universe.world.slots[0] ?? { notBefore: 0 };
    assert.equal(notBefore - universe.now, limits.jobBackOffMaximumMs);
    universe.settle();
    assert.equal(universe.exited, undefined);
  });
});

describe("reload", () => {
  test("drains no old worker before a worker of the new generation has started", () => {
    const universe = running(3);
    universe.happen({ kind: "order", order: { kind: "reload" } });
    while (!kinds(universe).includes("activate")) {
      assert.ok(!kinds(universe).includes("drain"));
      universe.step(0);
    }
    const candidates = universe.world.workers.filter((one) => one.generation === 2);
    assert.deepEqual(candidates.map((one) => [one.slot, one.state]).at(0), [0, "standby"]);
    universe.settle();
    assert.deepEqual(
      universe.world.workers.map((one) => one.generation),
      [2, 2, 2],
    );
  });

  test("lets a successor take only when its predecessor has ended", () => {
    const universe = running(1);
    const [old] = universe.world.workers;
    assert.ok(old);
    universe.happen({ kind: "order", order: { kind: "reload" } });
    while (worker(universe, 0, 1).state !== "draining") universe.step(0);
    universe.pending = universe.pending.filter((event) => !("worker" in event) || event.worker !== old.id);
    while (universe.pending.length > 0) universe.step(0);
    assert.equal(worker(universe, 0, 2).state, "standby");
    universe.happen({ kind: "workerExited", worker: old.id, status: { exitCode: 0 } });
    assert.equal(worker(universe, 0, 2).state, "taking");
  });

  test("starts no worker of the old generation in the round that activates the new one, which may lack the slot", () => {
    const nature = { engine: "fork" as const, workers: 3 };
    const universe = new Universe(nature);
    universe.settle();
    nature.workers = 2;
    universe.happen({ kind: "order", order: { kind: "reload" } });
    while (universe.pending[0]?.kind !== "workerStarted") universe.step(0);
    for (let deaths = 0; deaths < 2; deaths++) {
      universe.happen({ kind: "workerExited", worker: worker(universe, 2).id, status: kill });
      universe.actions.length = 0;
    }
    universe.now += limits.backOffMaximumMs;
    universe.step(0);
    assert.equal(kinds(universe)[0], "activate");
    assert.ok(!universe.actions.some((action) => action.kind === "startWorkers" && action.generation === 1));
    universe.settle();
    assert.deepEqual(
      universe.world.workers.map((one) => [one.slot, one.generation]),
      [
        [0, 2],
        [1, 2],
      ],
    );
  });

  test("leaves the old generation alone if the template fails", () => {
    const universe = running(2);
    universe.happen({ kind: "order", order: { kind: "reload" } });
    universe.pending = [];
    const fresh = universe.world.templates.find((one) => one.generation === 2);
    assert.ok(fresh);
    universe.happen({ kind: "templateExited", template: fresh.id, status: { exitCode: 70 } });
    universe.settle();
    assert.ok(!kinds(universe).includes("drain"));
    assert.deepEqual(
      universe.world.workers.map((one) => [one.generation, one.state]),
      [
        [1, "taking"],
        [1, "taking"],
      ],
    );
  });

  test("is abandoned after three failed starts of its first worker, and a later reload works", () => {
    const universe = running(2);
    universe.happen({ kind: "order", order: { kind: "reload" } });
    for (let turn = 0; turn < 100 && !kinds(universe).includes("abandonReload"); turn++) {
      const [event] = universe.pending.splice(0, 1);
      if (event === undefined) {
        universe.now += 100;
        universe.decide();
      } else if (event.kind === "workerStarted") {
        universe.happen({ kind: "workerExited", worker: event.worker, status: { exitCode: 1 } });
      } else universe.happen(event);
    }
    universe.settle();
    assert.ok(kinds(universe).includes("abandonReload"));
    assert.ok(!kinds(universe).includes("drain"));
    assert.deepEqual(
      universe.world.workers.map((one) => one.generation),
      [1, 1],
    );
    universe.happen({ kind: "order", order: { kind: "reload" } });
    universe.settle();
    assert.deepEqual(
      universe.world.workers.map((one) => one.generation),
      [3, 3],
    );
  });

  test("happens twice for a hundred HUPs at once: the one that runs, and one for what came meanwhile", () => {
    const universe = running(2);
    for (let hup = 0; hup < 100; hup++) universe.happen({ kind: "order", order: { kind: "reload" } });
    universe.settle();
    assert.equal(kinds(universe).filter((kind) => kind === "startReload").length, 2);
    assert.deepEqual(
      universe.world.workers.map((one) => [one.generation, one.state]),
      [
        [3, "taking"],
        [3, "taking"],
      ],
    );
  });
});

describe("a worker that dies", () => {
  test("by a crash is replaced at once, and after a growing back-off if its successors crash, too", () => {
    const universe = running(1);
    const waits: number[] = [];
    for (let crash = 0; crash < 4; crash++) {
      const before = universe.now;
      universe.happen({ kind: "workerExited", worker: worker(universe, 0).id, status: kill });
      universe.settle();
      waits.push(universe.now - before);
    }
    assert.deepEqual(waits, [0, 100, 200, 400]);
  });

  test("by a crash soon after another is replaced after a pause, although it has completed a job", () => {
    const universe = running(1);
    const waits: number[] = [];
    for (const livedMs of [0, 0, 800, 1_000]) {
      universe.now += livedMs;
      const before = universe.now;
      die(universe, { finished: 1 });
      universe.settle();
      waits.push(universe.now - before);
    }
    assert.deepEqual(waits, [0, 100, 100, 0]);
  });

  test("after its exit report and exit 0 (somebody sent it QUIT or HUP) is replaced at once", () => {
    const universe = running(1);
    const { id } = worker(universe, 0);
    const exitReport = { finished: 3, failed: 1, handedBack: [], lost: [], unwritten: [], mayHoldUndelivered: false };
    universe.happen({ kind: "workerExitReport", worker: id, exitReport });
    universe.happen({ kind: "workerExited", worker: id, status: { exitCode: 0 } });
    const before = universe.now;
    universe.settle();
    assert.equal(universe.now, before);
    assert.equal(worker(universe, 0).state, "taking");
    assert.deepEqual([universe.world.account.finished, universe.world.account.failed], [3, 1]);
  });

  test("with jobs and without an exit report has its jobs named, and the exit code tells", () => {
    const universe = running(1);
    const { id } = worker(universe, 0);
    const holding = [{ queue: "mail", id: "991" }];
    const held = [{ queue: "mail", id: "991", startedAt: 0, stage: "running" as const }];
    const statusUpdate = {
      mode: "taking" as const,
      suspended: false,
      suspensionOrders: 0,
      connected: true,
      queues: ["mail"],
      holding: held,
      finished: 7,
      failed: 0,
    };
    universe.happen({ kind: "workerStatusUpdate", worker: id, statusUpdate });
    universe.happen({ kind: "workerExited", worker: id, status: kill });
    universe.happen({ kind: "order", order: { kind: "drain" } });
    universe.settle();
    assert.equal(universe.exited, "jobsNotHandedBack");
    assert.deepEqual(universe.world.account.lost, { count: 1, latest: holding });
  });
});

describe("a worker that exits unasked before it was of any use", () => {
  /** As if the application sent QUIT or HUP to its own worker at each start. */
  function endEarly(universe: Universe, hasStarted: boolean): void {
    const launched = hasStarted ? "standby" : "starting";
    for (let turn = 0; turn < 50; turn++) {
      const found = universe.world.workers.find(({ state }) => state === launched || state === "taking");
      if (found !== undefined) {
        const { id } = found;
        universe.pending = universe.pending.filter((event) => !("worker" in event) || event.worker !== id);
        const exitReport = {
          finished: 0,
          failed: 0,
          handedBack: [],
          lost: [],
          unwritten: [],
          mayHoldUndelivered: false,
        };
        universe.happen({ kind: "workerExitReport", worker: id, exitReport });
        universe.happen({ kind: "workerExited", worker: id, status: { exitCode: 0 } });
        return;
      }
      if (universe.pending.length > 0) universe.step(0);
      else {
        universe.now = universe.nextDeadline();
        universe.decide();
      }
    }
    assert.fail("no worker came");
  }

  for (const hasStarted of [true, false]) {
    test(`is replaced at once the first time, and later each time after that (${hasStarted ? "" : "not "}started)`, () => {
      const universe = running(1);
      const waits: number[] = [];
      let before = universe.now;
      for (let end = 0; end < 6; end++) {
        endEarly(universe, hasStarted || end === 0);
        waits.push(universe.now - before);
        before = universe.now;
      }
      assert.deepEqual(waits, [0, 0, 100, 200, 400, 800]);
      universe.settle();
      assert.equal(universe.exited, undefined, "it is no crash");
    });
  }

  test("counts as a failed start in a reload", () => {
    const universe = running(1);
    universe.happen({ kind: "order", order: { kind: "reload" } });
    while (universe.world.candidate?.loaded === undefined) universe.step(0);
    for (let turn = 0; turn < 100 && !kinds(universe).includes("abandonReload"); turn++) {
      const first = universe.world.workers.find(({ generation, state }) => generation === 2 && state === "starting");
      if (first !== undefined) {
        universe.pending = universe.pending.filter((event) => !("worker" in event) || event.worker !== first.id);
        const exitReport = {
          finished: 0,
          failed: 0,
          handedBack: [],
          lost: [],
          unwritten: [],
          mayHoldUndelivered: false,
        };
        universe.happen({ kind: "workerExitReport", worker: first.id, exitReport });
        universe.happen({ kind: "workerExited", worker: first.id, status: { exitCode: 0 } });
      } else if (universe.pending.length > 0) universe.step(0);
      else {
        universe.now = universe.nextDeadline();
        universe.decide();
      }
    }
    assert.ok(kinds(universe).includes("abandonReload"));
  });
});

describe("a template that dies", () => {
  test("soon after each load is loaded again, later each time", () => {
    const universe = running(1);
    const waits: number[] = [];
    for (let death = 0; death < 4; death++) {
      const template = universe.world.templates.find(({ state }) => state === "ready");
      assert.ok(template);
      const died = universe.now;
      universe.happen({ kind: "templateExited", template: template.id, status: kill });
      universe.settle();
      waits.push(universe.now - died);
    }
    assert.deepEqual(waits, [100, 200, 400, 800]);
    universe.now += limits.healthyAfterMs;
    const died = universe.now;
    const [template] = universe.world.templates;
    universe.happen({ kind: "templateExited", template: template?.id ?? 0, status: kill });
    universe.settle();
    assert.equal(universe.now - died, 100, "one that lived");
  });

  test("takes no worker along, and is replaced by one of the same generation", () => {
    const universe = running(2);
    const before = universe.world.workers.map((one) => one.id);
    const [template] = universe.world.templates;
    assert.ok(template);
    universe.happen({ kind: "templateExited", template: template.id, status: kill });
    universe.settle();
    assert.deepEqual(
      universe.world.workers.map((one) => one.id),
      before,
    );
    assert.deepEqual(
      universe.world.templates.map((one) => [one.generation, one.state]),
      [[1, "ready"]],
    );
  });
});

describe("leaving", () => {
  test("gives the workers of a drain its deadline, then stops them, then kills them", () => {
    const universe = running(1);
    const { id } = worker(universe, 0);
    universe.happen({ kind: "order", order: { kind: "drain" } });
    universe.pending = universe.pending.filter((event) => !("worker" in event));
    while (universe.pending.length > 0) universe.step(0);
    const began = universe.now;
    assert.equal(worker(universe, 0).deadline, began + limits.drainTimeoutMs);
    universe.now = began + limits.drainTimeoutMs;
    universe.decide();
    assert.equal(worker(universe, 0).state, "stopping");
    universe.pending = universe.pending.filter((event) => !("worker" in event));
    universe.now += limits.stopTimeoutMs + limits.handBackTimeMs;
    universe.decide();
    assert.equal(worker(universe, 0).state, "killed");
    assert.equal(universe.exited, undefined);
    universe.happen({ kind: "workerExited", worker: id, status: kill });
    assert.equal(universe.exited, "done");
  });

  test("shortens the deadline of workers that a reload lets finish", () => {
    const universe = running(1);
    universe.happen({ kind: "order", order: { kind: "reload" } });
    while (worker(universe, 0, 1).state !== "draining") universe.step(0);
    assert.equal(worker(universe, 0, 1).deadline, universe.now + limits.reloadDrainTimeoutMs);
    universe.happen({ kind: "order", order: { kind: "drain" } });
    assert.equal(worker(universe, 0, 1).deadline, universe.now + limits.drainTimeoutMs);
  });

  test("no longer starts anything, even if a worker dies meanwhile or a reload is requested", () => {
    const universe = running(2);
    universe.happen({ kind: "order", order: { kind: "drain" } });
    universe.actions.length = 0;
    universe.happen({ kind: "workerExited", worker: worker(universe, 0).id, status: kill });
    universe.happen({ kind: "order", order: { kind: "reload" } });
    universe.settle();
    assert.ok(!kinds(universe).includes("startWorkers"));
    assert.ok(!kinds(universe).includes("startReload"));
  });
});

describe("TTIN and TTOU", () => {
  test("add copies of the last spec and remove them, but never the last worker", () => {
    const universe = running(2);
    universe.happen({ kind: "order", order: { kind: "addWorker" } });
    universe.settle();
    assert.equal(universe.world.workers.length, 3);
    for (let times = 0; times < 5; times++) universe.happen({ kind: "order", order: { kind: "removeWorker" } });
    universe.settle();
    assert.deepEqual(
      universe.world.workers.map((one) => one.slot),
      [0],
    );
  });

  test("are undone by a reload, which goes back to the workload", () => {
    const universe = running(2);
    universe.happen({ kind: "order", order: { kind: "addWorker" } });
    universe.happen({ kind: "order", order: { kind: "reload" } });
    universe.settle();
    assert.equal(universe.world.workers.length, 2);
  });

  for (const [orders, workers] of [
    [["addWorker"], 3],
    [["removeWorker"], 1],
    [["removeWorker", "removeWorker", "removeWorker"], 1],
    [["addWorker", "reload"], 2],
    [["reload", "addWorker"], 3],
  ] as const)
    test(`are remembered while the first generation loads: ${orders.join()} leave ${workers} of 2 workers`, () => {
      const universe = new Universe({ engine: "fork", workers: 2 });
      universe.decide();
      for (const kind of orders) universe.happen({ kind: "order", order: { kind } });
      assert.equal(universe.world.workers.length, 0);
      universe.settle();
      assert.equal(universe.world.workers.length, workers);
      universe.happen({ kind: "order", order: { kind: "addWorker" } });
      universe.settle();
      assert.equal(universe.world.workers.length, workers + 1, "more orders than workers are forgotten");
    });

  for (const [before, during, workers] of [
    [[], ["addWorker"], 3],
    [["addWorker"], ["addWorker"], 3],
    [["addWorker", "addWorker"], ["removeWorker"], 1],
    [["removeWorker"], ["addWorker"], 3],
    [["addWorker"], ["addWorker", "reload", "addWorker"], 3],
    [["addWorker"], ["addWorker", "addWorker", "reload"], 2],
    [["addWorker", "addWorker"], ["removeWorker", "removeWorker", "removeWorker"], 1],
  ] as const)
    test(`in a reload outlast it: ${before.join()}, reload, ${during.join()} leave ${workers} of 2 workers`, () => {
      const universe = running(2);
      for (const kind of [...before, "reload" as const, ...during]) universe.happen({ kind: "order", order: { kind } });
      universe.settle();
      const undone = universe.actions.flatMap((one) => (one.kind === "activate" ? [one.undoneWorkers] : []))[0];
      const given = before.map((kind) => (kind === "addWorker" ? 1 : -1) as number);
      assert.equal(
        undone,
        given.reduce((sum, one) => sum + one, 0),
      );
      assert.equal(universe.world.workers.length, workers);
    });

  test("stay as they are if the reload fails", () => {
    const universe = running(2);
    for (const kind of ["addWorker", "reload", "addWorker"] as const)
      universe.happen({ kind: "order", order: { kind } });
    const template = universe.world.templates.find(({ generation }) => generation === 2);
    assert.ok(template);
    universe.pending = universe.pending.filter((event) => !("template" in event) || event.template !== template.id);
    universe.happen({ kind: "templateExited", template: template.id, status: { exitCode: 1 } });
    universe.settle();
    assert.equal(universe.world.current?.number, 1);
    assert.equal(universe.world.workers.length, 4);
  });
});

describe("forker is up", () => {
  test("when TTOU removes the only slot whose worker has not started", () => {
    const universe = running(2);
    const { world } = universe;
    Object.assign(world, { isUp: false, upAt: Infinity });
    worker(universe, 1).startedAt = undefined;
    universe.happen({ kind: "order", order: { kind: "removeWorker" } });
    assert.deepEqual([world.isUp, world.upAt], [true, universe.now]);
  });
});

describe("suspension", () => {
  test("reaches every worker, and their successors after a crash and after a reload", () => {
    const universe = running(2);
    universe.happen({ kind: "order", order: { kind: "suspend" } });
    universe.happen({ kind: "workerExited", worker: worker(universe, 0).id, status: kill });
    universe.happen({ kind: "order", order: { kind: "reload" } });
    universe.settle();
    assert.deepEqual(
      universe.world.workers.map((one) => [one.generation, one.toldSuspended]),
      [
        [2, true],
        [2, true],
      ],
    );
    universe.happen({ kind: "order", order: { kind: "resume" } });
    assert.deepEqual(
      universe.world.workers.map((one) => one.toldSuspended),
      [false, false],
    );
  });

  /** `suspensionOrders`: how many of init's orders about it the worker has handled. */
  const report = (universe: Universe, id: number, suspended: boolean, suspensionOrders: number) => {
    const empty = { mode: "taking", connected: true, queues: [], holding: [], finished: 0, failed: 0 } as const;
    const statusUpdate = { ...empty, suspended, suspensionOrders };
    universe.happen({ kind: "workerStatusUpdate", worker: id, statusUpdate });
  };

  test("ends with its slot when CONT has resumed a worker", () => {
    const universe = new Universe({ engine: "fork", workers: 1 });
    universe.happen({ kind: "order", order: { kind: "suspend" } });
    universe.settle();
    const { world } = universe;
    assert.deepEqual([worker(universe, 0).state, world.slots[0]?.suspended], ["taking", true]);
    report(universe, worker(universe, 0).id, false, 1);
    assert.equal(world.slots[0]?.suspended, false);
  });

  test("that init has ordered is not ended by what the worker reports before it has handled the order", () => {
    const universe = running(1);
    const { id } = worker(universe, 0);
    universe.happen({ kind: "order", order: { kind: "suspend" } });
    report(universe, id, false, 1);
    assert.equal(universe.world.slots[0]?.suspended, true);
    report(universe, id, true, 2);
    report(universe, id, false, 2);
    assert.equal(universe.world.slots[0]?.suspended, false);
  });

  test("of one worker by its own pid stays with its slot", () => {
    const universe = running(2);
    const { id } = worker(universe, 1);
    report(universe, id, true, 1);
    universe.happen({ kind: "workerExited", worker: id, status: kill });
    universe.settle();
    assert.deepEqual(
      universe.world.workers.map((one) => [one.slot, one.toldSuspended]),
      [
        [0, false],
        [1, true],
      ],
    );
  });
});
