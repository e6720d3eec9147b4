import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BoardRow } from "../../../../src/board/row-reader.ts";
import type { Worker } from "../../../../src/init/state/worker.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

const job = { queue: "jobs", id: "1", startedAt: 1_000, stage: "running" as const };
const later = { queue: "jobs", id: "2", startedAt: 2_500, stage: "running" as const };

class Shown {
  readonly universe = new Universe({ engine: "fork", workers: 1 });
  readonly worker: Worker;

  constructor() {
    this.universe.settle();
    this.universe.actions.length = 0;
    this.worker = this.universe.world.workers[0] as Worker;
  }

  at(now: number, shown: Partial<BoardRow>): void {
    this.universe.now = now;
    const record = boardRow({ pid: this.worker.pid ?? 0, beatAt: now, holding: [job], ...shown });
    const records = new Map([[this.worker.id, record]]);
    this.universe.happen({ kind: "boardRead", records, stoppedBySignal: new Set() });
  }

  get ends(): string[] {
    return this.universe.actions.flatMap((action) => {
      if (action.kind === "endJobs") return action.endings.map(({ id, message }) => `${id}: ${message}`);
      return action.kind === "kill" || action.kind === "stop" ? [action.kind] : [];
    });
  }
}

describe("TERM to a worker's own pid", () => {
  test("kills it at FORKER_STOP_TIMEOUT if its event loop has not turned since", () => {
    const shown = new Shown();
    shown.at(2_900, { beatAt: 1_900, stopAskedAt: 2_000 });
    shown.at(2_000 + limits.stopTimeoutMs - 1, { beatAt: 1_900, stopAskedAt: 2_000 });
    assert.deepEqual(shown.ends, []);
    shown.at(2_000 + limits.stopTimeoutMs, { beatAt: 1_900, stopAskedAt: 2_000 });
    assert.deepEqual(shown.ends, ["kill"]);
  });

  test("is left to the worker if the worker responds", () => {
    const shown = new Shown();
    shown.at(60_000, { beatAt: 2_400, stopAskedAt: 2_000, stopHeardAt: 2_001 });
    assert.deepEqual(shown.ends, []);
  });

  test("kills it if its timers have run since, and it has not acted on the signal", () => {
    const shown = new Shown();
    shown.at(2_900, { beatAt: 2_500, stopAskedAt: 2_000, stopHeardAt: 1_000 });
    shown.at(2_000 + limits.stopTimeoutMs, { beatAt: 2_500, stopAskedAt: 2_000, stopHeardAt: 1_000 });
    assert.deepEqual(shown.ends, ["kill"]);
  });

  test("leaves their outcome to the jobs that USR1 has stopped before", () => {
    const shown = new Shown();
    shown.at(2_900, { beatAt: 2_500, jobStopAskedAt: 2_000, stopAskedAt: 2_300 });
    shown.at(2_300 + limits.stopTimeoutMs, { beatAt: 2_500, jobStopAskedAt: 2_000, stopAskedAt: 2_300 });
    assert.deepEqual(shown.ends, ["1: job stopped by SIGUSR1"]);
  });

  test("kills it after the time of an ordered stop if the worker has handled it and does not end", () => {
    const shown = new Shown();
    const leaveMs = limits.stopTimeoutMs + limits.handBackTimeMs;
    const heard = { stopAskedAt: 1_990, stopHeardAt: 1_991 };
    shown.at(2_000, { beatAt: 2_000, ...heard, mode: "stopping" });
    shown.at(2_000 + leaveMs - 1, { beatAt: 2_000, ...heard, mode: "stopping" });
    assert.deepEqual(shown.ends, []);
    shown.at(2_000 + leaveMs, { beatAt: 2_000, ...heard, mode: "stopping" });
    assert.deepEqual(shown.ends, ["kill"]);
  });

  test("changes nothing for a worker that init has told to stop, which has a deadline of its own", () => {
    const shown = new Shown();
    shown.at(1_900, { beatAt: 1_900 });
    shown.universe.happen({ kind: "order", order: { kind: "stop" } });
    shown.at(1_900 + limits.stopTimeoutMs, { beatAt: 1_900, stopAskedAt: 1_901 });
    assert.deepEqual(shown.ends, ["stop"]);
  });
});

describe("QUIT to a worker's own pid", () => {
  const leaveMs = limits.reloadDrainTimeoutMs + limits.stopTimeoutMs + limits.handBackTimeMs;

  test("kills it after the time of a reload's drain if the worker does not end", () => {
    const shown = new Shown();
    shown.at(2_000, { mode: "draining" });
    shown.at(2_000 + leaveMs - 1, { mode: "draining" });
    assert.deepEqual(shown.ends, []);
    shown.at(2_000 + leaveMs, { mode: "draining" });
    assert.deepEqual(shown.ends, ["kill"]);
  });

  test("kills it in that time although init has ordered it to drain since, without a limit", () => {
    const shown = new Shown();
    shown.at(2_000, { mode: "draining" });
    // As a worker that is recycled, when its successor is ready.
    Object.assign(shown.worker, { isRetiring: true, state: "draining", deadline: Infinity });
    shown.at(2_000 + leaveMs, { mode: "draining" });
    assert.deepEqual(shown.ends, ["kill"]);
  });

  test("changes nothing for a worker that init has ordered to drain, which has a deadline of its own", () => {
    const shown = new Shown();
    shown.universe.happen({ kind: "order", order: { kind: "drain" } });
    shown.at(2_000, { mode: "draining" });
    shown.at(2_000 + leaveMs, { mode: "draining" });
    assert.deepEqual(shown.ends, ["stop"]);
  });
});

describe("USR1 to a worker's own pid", () => {
  test("ends the jobs that it held at that moment, and none that it has taken since", () => {
    const shown = new Shown();
    shown.at(2_900, { beatAt: 1_900, jobStopAskedAt: 2_000, holding: [job, later] });
    shown.at(2_000 + limits.stopTimeoutMs, { beatAt: 1_900, jobStopAskedAt: 2_000, holding: [job, later] });
    assert.deepEqual(shown.ends, ["1: job stopped by SIGUSR1"]);
  });

  test("is acted on once, and again when it is sent again", () => {
    const shown = new Shown();
    shown.at(2_900, { beatAt: 1_900, jobStopAskedAt: 2_000, holding: [later] });
    shown.at(60_000, { beatAt: 1_900, jobStopAskedAt: 2_000, holding: [later] });
    assert.deepEqual(shown.ends, []);
    shown.at(61_000, { beatAt: 1_900, jobStopAskedAt: 60_500, holding: [later] });
    shown.at(60_500 + limits.stopTimeoutMs, { beatAt: 1_900, jobStopAskedAt: 60_500, holding: [later] });
    assert.deepEqual(shown.ends, ["2: job stopped by SIGUSR1"]);
  });
});
