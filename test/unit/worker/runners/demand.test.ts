import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { pino } from "pino";
import { Demand } from "../../../../src/worker/runners/demand.ts";

interface Wanted {
  readonly waiting: number;
  readonly isUrgent: boolean;
}

/** A worker with ten places for isolated jobs, in which time passes when the test says so. */
function worker(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const jobs = { places: 10, running: 0, queued: 0, isLeaving: false };
  const wanted: Wanted[] = [];
  const kept: number[] = [];
  const demand = new Demand({
    log: pino({ level: "silent" }),
    jobs: () => jobs,
    tellInit: (waiting, isUrgent) => wanted.push({ waiting, isUrgent }),
    release: (count) => kept.push(count),
    isMemoryShort: () => false,
  });
  context.after(() => demand.stop());
  demand.update();
  return {
    wanted,
    kept,
    taken: (count: number) => {
      jobs.running = count;
      demand.noteUse();
      demand.update();
    },
    ended: () => {
      jobs.running = 0;
      demand.update();
    },
    passes: (ms: number) => context.mock.timers.tick(ms),
  };
}

describe("a worker's demand for runners", () => {
  test("the last few are urgent once there has been no job for 100 ms", (context) => {
    const { wanted, taken, ended, passes } = worker(context);
    taken(3);
    ended();
    passes(99);
    assert.deepEqual(wanted.at(-1), { waiting: 10, isUrgent: false });
    passes(1);
    assert.deepEqual(wanted.at(-1), { waiting: 10, isUrgent: true });
    taken(1);
    assert.deepEqual(wanted.at(-1), { waiting: 9, isUrgent: false });
  });

  test("they are not while a job runs", (context) => {
    const { wanted, taken, ended, passes } = worker(context);
    taken(1);
    passes(1_000);
    assert.deepEqual(wanted.at(-1), { waiting: 9, isUrgent: false });
    ended();
    passes(100);
    assert.deepEqual(wanted.at(-1), { waiting: 10, isUrgent: true });
  });

  test("a worker without jobs for a minute keeps one runner", (context) => {
    const { wanted, kept, taken, ended, passes } = worker(context);
    taken(1);
    ended();
    passes(60_000);
    assert.equal(wanted.at(-1)?.waiting, 1);
    assert.equal(kept.at(-1), 1);
  });

  test("it also does after a job that ran for longer", (context) => {
    const { wanted, kept, taken, ended, passes } = worker(context);
    taken(1);
    passes(90_000);
    ended();
    passes(60_000);
    assert.equal(wanted.at(-1)?.waiting, 1);
    assert.equal(kept.at(-1), 1);
  });
});
