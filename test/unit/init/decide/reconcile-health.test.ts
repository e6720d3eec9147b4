import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readiness } from "../../../../src/admin/health.ts";
import type { BoardJob, BoardRow } from "../../../../src/board/row-reader.ts";
import { healthSnapshot } from "../../../../src/init/report/health-snapshot.ts";
import type { StatusUpdate, Worker } from "../../../../src/init/state/worker.ts";
import { idleBeatMs } from "../../../../src/protocol/idle-beat.ts";
import type { StaleQueue } from "../../../../src/protocol/keeper-messages.ts";
import type { QueueOptions } from "../../../../src/protocol/queue-options.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

const after = limits.stuckTimeoutMs;
/** The row of a worker whose event loop has been blocked for FORKER_STUCK_TIMEOUT has its last beat from up to an idle beat before. */
const silentAfter = after + idleBeatMs(after);
const redis = { connection: "redis://127.0.0.1", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
const job = { queue: "jobs", id: "1", startedAt: 0, stage: "running" as const };

interface Sight {
  readonly stoppedBySignal?: boolean;
  readonly workers?: number;
  /** Jobs that the worker reported by message. */
  readonly unshown?: readonly BoardJob[];
  readonly queueOptions?: readonly QueueOptions[];
  readonly stuckTimeoutMs?: number;
}

/** Workers on the queue `jobs`. The row of slot 0 shows this. */
function look(now: number, shown: Partial<BoardRow>, sight: Sight = {}): Universe {
  const { stoppedBySignal = false, workers = 2, unshown = [], queueOptions = [], stuckTimeoutMs = after } = sight;
  const universe = new Universe({ engine: "fork", workers, redis, queueOptions }, { ...limits, stuckTimeoutMs });
  universe.settle();
  universe.actions.length = 0;
  const [worker] = universe.world.workers as [Worker];
  const statusUpdate = { ...(worker.statusUpdate as StatusUpdate), holding: unshown };
  universe.happen({ kind: "workerStatusUpdate", worker: worker.id, statusUpdate });
  return lookAgain(universe, now, shown, stoppedBySignal);
}

function lookAgain(universe: Universe, now: number, shown: Partial<BoardRow>, stoppedBySignal = false): Universe {
  const worker = universe.world.workers[0] as Worker;
  const records = new Map([[worker.id, boardRow({ pid: worker.pid ?? 0, beatAt: now, tookAt: now, ...shown })]]);
  universe.now = now;
  universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set(stoppedBySignal ? [worker.id] : []) });
  return universe;
}

/** The event loop of slot 0 turns until then, and its row shows this. */
function turnUntil(universe: Universe, end: number, shown: Partial<BoardRow>): Universe {
  while (universe.now < end) lookAgain(universe, Math.min(end, universe.now + 1_000), shown);
  return universe;
}

function keeperTells(universe: Universe, queues: readonly StaleQueue[]): void {
  universe.happen({ kind: "keeperSawStale", keeper: universe.world.keeper?.id ?? 0, queues });
}

/** init notices a stop after this time. */
const noticedMs = 5_500;

/** A worker that SIGSTOP has stopped for FORKER_STUCK_TIMEOUT, with a job. */
function stopped(): Universe {
  const shown = { beatAt: after, holding: [job] };
  return lookAgain(look(after + noticedMs, shown, { stoppedBySignal: true }), 2 * after, shown, true);
}

/** How init replaced workers. */
const ended = (universe: Universe) =>
  universe.actions.flatMap((action) => (action.kind === "replace" ? [action.how] : []));

describe("init replaces a stuck worker", () => {
  test("by killing it when its event loop stands still without a job", () => {
    assert.deepEqual(ended(look(after + silentAfter, { beatAt: after })), ["kill"]);
    assert.deepEqual(ended(look(after + silentAfter, { beatAt: after + 1 })), []);
  });

  test("but not one whose event loop may have turned since its last beat: its next one was not due", () => {
    for (const stuckTimeoutMs of [1_000, 2_000, 15_000]) {
      const silentMs = stuckTimeoutMs + idleBeatMs(stuckTimeoutMs);
      assert.deepEqual(ended(look(after + silentMs - 1, { beatAt: after, tookAt: after }, { stuckTimeoutMs })), []);
      assert.deepEqual(ended(look(after + silentMs, { beatAt: after, tookAt: after }, { stuckTimeoutMs })), ["kill"]);
    }
  });

  test("but not one that computes: its job has a time limit, or may take as long as it likes", () => {
    assert.deepEqual(ended(look(9 * after, { beatAt: 0, holding: [job] })), []);
  });

  test("but not one that computes, or is full, with a job that does not fit on its scoreboard row", () => {
    const universe = look(2 * after, { beatAt: after, tookAt: 0, notTakingReason: "full" }, { unshown: [job] });
    keeperTells(universe, [{ queue: "jobs", since: after }]);
    assert.deepEqual(ended(universe), []);
  });

  test("when it was stopped, with a job or without", () => {
    assert.deepEqual(ended(stopped()), ["kill"]);
  });

  test("but not when it was stopped only now, and a job has blocked its event loop until then", () => {
    assert.deepEqual(ended(look(2 * after, { beatAt: after, holding: [job] }, { stoppedBySignal: true })), []);
  });

  test("by telling it to stop when it takes nothing while the keeper sees a job wait all the time", () => {
    const universe = look(2 * after, { tookAt: after });
    keeperTells(universe, [{ queue: "jobs", since: after }]);
    assert.deepEqual(ended(universe), ["stop"]);
  });

  const innocent: [what: string, shown: Partial<BoardRow>, queue: string, since: number][] = [
    ["has taken a job meanwhile", { tookAt: after + 1 }, "jobs", after],
    ["has no room for a job", { tookAt: 0, holding: [job], notTakingReason: "full" }, "jobs", after],
    ["runs a suspect alone", { tookAt: 0, holding: [job], notTakingReason: "suspectRunsAlone" }, "jobs", after],
    [
      "finishes its jobs so that a suspect can run alone",
      { tookAt: 0, holding: [job], notTakingReason: "emptyingForSuspect" },
      "jobs",
      after,
    ],
    ["stops its jobs", { tookAt: 0, holding: [job], notTakingReason: "stoppingJobs" }, "jobs", after],
    ["is suspended", { tookAt: 0, mode: "suspended" }, "jobs", after],
    ["does not take from that queue", { tookAt: 0 }, "mail", after],
    ["has not been needed for that long", { tookAt: 0 }, "jobs", after + 1],
  ];
  for (const [what, shown, queue, since] of innocent) {
    test(`but not one that ${what}`, () => {
      const universe = look(2 * after, shown);
      keeperTells(universe, [{ queue, since }]);
      assert.deepEqual(ended(universe), []);
    });
  }

  const inMail = { ...job, queue: "mail" };
  const places: [what: string, holding: BoardJob[], queueOptions: QueueOptions[], ends: string[]][] = [
    ["runs as many jobs of that queue as it may", [job], [{ pattern: "jobs", concurrency: 1 }], []],
    ["has a free place for that queue", [job], [{ pattern: "jobs", concurrency: 2 }], ["drain"]],
    ["runs a job of another queue in the place that both share", [inMail], [{ pattern: "other", concurrency: 2 }], []],
    ["runs a job of a queue with places of its own", [inMail], [{ pattern: "mail", concurrency: 2 }], ["drain"]],
  ];
  for (const [what, holding, queueOptions, ends] of places) {
    test(`${ends.length === 0 ? "but not " : ""}one that ${what}`, () => {
      const universe = look(2 * after, { tookAt: 0, holding }, { queueOptions });
      keeperTells(universe, [{ queue: "jobs", since: after }]);
      assert.deepEqual(ended(universe), ends);
    });
  }

  test("although it shows only every four seconds that its event loop turns, as a worker without a job does", () => {
    const universe = look(after, { tookAt: 0 });
    for (let at = after; at < 2 * after; at += 4_000) {
      assert.deepEqual(ended(universe), []);
      keeperTells(universe, [{ queue: "jobs", since: after }]);
      lookAgain(universe, at, { tookAt: 0 });
    }
    keeperTells(universe, [{ queue: "jobs", since: after }]);
    lookAgain(universe, 2 * after + 3_900, { beatAt: 2 * after, tookAt: 0 });
    assert.deepEqual(ended(universe), ["stop"]);
  });

  test("but not on old news from the keeper: Redis may be away", () => {
    const universe = look(after, { tookAt: 0 });
    universe.now = 1.4 * after;
    keeperTells(universe, [{ queue: "jobs", since: 0.5 * after }]);
    lookAgain(universe, 2.2 * after, { tookAt: 0 });
    assert.deepEqual(ended(universe), []);
  });

  test("but not one that has just reached Redis again: the queue was stale because nobody could reach it", () => {
    const universe = look(after, { tookAt: 0 });
    const worker = universe.world.workers[0] as Worker;
    const connectedIs = (connected: boolean) => {
      const statusUpdate = { ...(worker.statusUpdate as StatusUpdate), connected };
      universe.happen({ kind: "workerStatusUpdate", worker: worker.id, statusUpdate });
    };
    connectedIs(false);
    turnUntil(universe, 3 * after, { tookAt: 0 });
    connectedIs(true);
    keeperTells(universe, [{ queue: "jobs", since: 0 }]);
    assert.deepEqual(ended(universe), []);
    turnUntil(universe, 4 * after, { tookAt: 0 });
    keeperTells(universe, [{ queue: "jobs", since: 0 }]);
    assert.deepEqual(ended(universe), ["stop"]);
  });

  test("alone: the next one waits until the end of the first was seen", () => {
    const universe = look(2 * after, {});
    const records = new Map(universe.world.workers.map(({ id, pid }) => [id, boardRow({ pid: pid ?? 0 })]));
    universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set() });
    assert.deepEqual(ended(universe), ["kill"]);
  });

  test("that runs jobs only after it has finished them, while its successor waits", () => {
    const universe = look(2 * after, { tookAt: after, holding: [job] });
    keeperTells(universe, [{ queue: "jobs", since: after }]);
    assert.deepEqual(ended(universe), ["drain"]);
    assert.ok(universe.actions.some(({ kind }) => kind === "startWorkers"));
    assert.equal(universe.world.workers[0]?.state, "taking");
  });

  test("after twice the time if another one was stuck in its place", () => {
    const universe = look(after + silentAfter, { beatAt: after });
    const replacedAt = universe.now;
    universe.settle();
    const getStuckAgain = (now: number) => {
      const worker = universe.world.workers.find(({ slot }) => slot === 0) as Worker;
      const records = new Map([[worker.id, boardRow({ pid: worker.pid ?? 0, beatAt: 0, tookAt: 0 })]]);
      universe.now = now;
      universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set() });
    };
    getStuckAgain(replacedAt + 2 * after - 1);
    assert.deepEqual(ended(universe), ["kill"], "two times the wait are not over");
    getStuckAgain(replacedAt + 2 * after);
    assert.deepEqual(ended(universe), ["kill", "kill"]);
    universe.settle();
    getStuckAgain(replacedAt + 6 * after - 1);
    assert.equal(ended(universe).length, 2, "four times the wait are not over");
    getStuckAgain(replacedAt + 6 * after);
    assert.equal(ended(universe).length, 3);
  });

  test("but not one that was frozen together with init and has not had the time to run again", () => {
    const universe = look(after, {});
    universe.now = 3 * after;
    universe.happen({ kind: "thawed", frozenMs: 2 * after });
    lookAgain(universe, 3 * after, { beatAt: after });
    assert.deepEqual(ended(universe), []);
    lookAgain(universe, 3 * after + silentAfter, { beatAt: after });
    assert.deepEqual(ended(universe), ["kill"]);
  });

  test("but not one that was frozen alone and has just thawed", () => {
    const universe = look(1.5 * after, { beatAt: after }, { stoppedBySignal: true });
    lookAgain(universe, 2 * after, { beatAt: after });
    assert.deepEqual(ended(universe), []);
  });

  /** Slot 0 has shown this, and no job, for `idleMs`. */
  function shownFor(idleMs: number, shown: Partial<BoardRow>, connected = true): Universe {
    const universe = look(after, shown);
    const worker = universe.world.workers[0] as Worker;
    const statusUpdate = { ...(worker.statusUpdate as StatusUpdate), connected };
    universe.happen({ kind: "workerStatusUpdate", worker: worker.id, statusUpdate });
    return turnUntil(universe, after + idleMs, { tookAt: 0, ...shown });
  }

  for (const reason of ["full", "suspectRunsAlone", "emptyingForSuspect", "stoppingJobs"] as const) {
    test(`when it takes none for the sake of its jobs (${reason}) and holds none`, () => {
      const timeoutMs = after + (reason === "stoppingJobs" ? limits.stopTimeoutMs : 0);
      assert.deepEqual(ended(shownFor(timeoutMs - 1, { notTakingReason: reason })), []);
      assert.deepEqual(ended(shownFor(timeoutMs, { notTakingReason: reason })), ["stop"]);
      assert.deepEqual(ended(shownFor(9 * after, { notTakingReason: reason, holding: [job] })), []);
      assert.deepEqual(ended(shownFor(9 * after, { notTakingReason: reason }, false)), [], "Redis is away");
    });
  }

  test("when init ordered it to take, or to drain, and it does not", () => {
    const standby = { mode: "standby", notTakingReason: "mode" } as const;
    assert.deepEqual(ended(shownFor(after - 1, standby)), []);
    assert.deepEqual(ended(shownFor(after, standby)), ["stop"]);
    const universe = shownFor(0, { mode: "draining", notTakingReason: "mode" });
    const worker = universe.world.workers[0] as Worker;
    worker.state = "draining";
    turnUntil(universe, 2 * after, { mode: "draining", notTakingReason: "mode" });
    assert.deepEqual(ended(universe), ["kill"]);
  });

  test("but not one whose event loop is blocked, or has just been: it obeys the order to take when the loop turns", () => {
    const standby = { mode: "standby", notTakingReason: "mode" } as const;
    const universe = shownFor(0, standby);
    lookAgain(universe, 2 * after, { ...standby, beatAt: after });
    assert.deepEqual(ended(universe), []);
    lookAgain(universe, 2 * after + 1_000, standby);
    assert.deepEqual(ended(universe), [], "its timers have run before it reads the order");
    assert.deepEqual(ended(turnUntil(universe, 3 * after + 999, standby)), []);
    assert.deepEqual(ended(turnUntil(universe, 3 * after + 1_000, standby)), ["stop"]);
  });

  test("but not one that is suspended or knows no queue, for however long", () => {
    assert.deepEqual(ended(shownFor(9 * after, { mode: "suspended", notTakingReason: "mode" })), []);
    assert.deepEqual(ended(shownFor(9 * after, { notTakingReason: "noQueues" })), []);
  });

  /** Slot 0 passes jobs over while it runs one, and its successor has started. */
  function finishing(): Universe {
    const universe = look(2 * after, { tookAt: after, holding: [job] });
    keeperTells(universe, [{ queue: "jobs", since: after }]);
    while (universe.world.workers[0]?.state === "taking") universe.step(0);
    universe.pending = [];
    return universe;
  }

  test("only after its jobs, however long they take: no successor runs them again", () => {
    const universe = finishing();
    const worker = universe.world.workers[0] as Worker;
    assert.deepEqual([worker.state, worker.deadline], ["draining", Infinity]);
    const ready = readiness(healthSnapshot(universe.world, limits, universe.now, universe.now));
    assert.match(ready.reason ?? "", /^slot 0: it will be replaced when its jobs end: it has taken no job for 60 s/);
  });

  test("only after its jobs, unless a reload or a drain wants it gone", () => {
    for (const [order, timeoutMs] of [
      ["reload", limits.reloadDrainTimeoutMs],
      ["drain", limits.drainTimeoutMs],
    ] as const) {
      const universe = finishing();
      const worker = universe.world.workers[0] as Worker;
      universe.happen({ kind: "order", order: { kind: order } });
      for (let turn = 0; turn < 100 && worker.deadline === Infinity; turn++) universe.step(0);
      assert.equal(worker.deadline, universe.now + timeoutMs, order);
    }
  });

  test("while another one still finishes its jobs", () => {
    const universe = finishing();
    const [old, other] = universe.world.workers as [Worker, Worker];
    const { now } = universe;
    const records = new Map([
      [old.id, boardRow({ pid: old.pid ?? 0, beatAt: now, holding: [job], mode: "draining", notTakingReason: "mode" })],
      [other.id, boardRow({ pid: other.pid ?? 0, beatAt: now - silentAfter })],
    ]);
    universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set() });
    assert.deepEqual(ended(universe), ["drain", "kill"]);
  });

  test("by killing it when it is stopped during its drain: nothing else would end it", () => {
    const universe = finishing();
    const { now } = universe;
    for (const at of [now + noticedMs, now + 2 * after])
      lookAgain(universe, at, { beatAt: now, holding: [job], mode: "draining" }, true);
    assert.deepEqual(ended(universe), ["drain", "kill"]);
  });

  test("by killing it when it is stopped while it waits for its successor, which may not start", () => {
    const universe = look(2 * after, { tookAt: after, holding: [job] });
    keeperTells(universe, [{ queue: "jobs", since: after }]);
    universe.pending = [];
    const worker = universe.world.workers[0] as Worker;
    assert.deepEqual([worker.state, worker.isRetiring], ["taking", true]);
    for (const at of [2 * after + noticedMs, 4 * after - 1]) lookAgain(universe, at, { beatAt: 2 * after }, true);
    assert.deepEqual(ended(universe), ["drain"], "the pause of its slot is not over");
    lookAgain(universe, 4 * after, { beatAt: 2 * after }, true);
    assert.deepEqual(ended(universe), ["drain", "kill"]);
  });

  test("and counts a death of the job that it was killed with, which may stop each of its workers", () => {
    const universe = stopped();
    while (universe.pending.length > 0 && universe.world.handBackOrders.length === 0) universe.step(0);
    assert.deepEqual(
      universe.world.handBackOrders.map(({ counts }) => counts),
      [true],
    );
  });

  test("but not one whose job blocks its event loop, or has just done so: it takes the next one when the loop turns", () => {
    const universe = look(2 * after, { beatAt: after, tookAt: 0, holding: [job] });
    keeperTells(universe, [{ queue: "jobs", since: 0 }]);
    assert.deepEqual(ended(universe), []);
    lookAgain(universe, 2 * after + 1_000, { tookAt: 0, holding: [job] });
    keeperTells(universe, [{ queue: "jobs", since: 0 }]);
    assert.deepEqual(ended(universe), []);
  });

  test("but none with FORKER_STUCK_TIMEOUT=0", () => {
    const universe = new Universe({ engine: "fork", workers: 1, redis }, { ...limits, stuckTimeoutMs: 0 });
    universe.settle();
    universe.actions.length = 0;
    assert.deepEqual(ended(lookAgain(universe, 9 * after, { beatAt: 0 })), []);
  });
});
