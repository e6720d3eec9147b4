import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BoardJob } from "../../../../src/board/row-reader.ts";
import type { StatusUpdate, Worker } from "../../../../src/init/state/worker.ts";
import { boardRow } from "../../../support/board-row.ts";
import { limits, Universe } from "../../../support/universe.ts";

/** One worker that holds jobs, and when its event loop last turned. */
class Held {
  readonly universe: Universe;
  readonly worker: Worker;

  constructor(timeLimits: Universe["nature"]["timeLimits"] = []) {
    this.universe = new Universe({ engine: "fork", workers: 1, timeLimits });
    this.universe.settle();
    this.universe.actions.length = 0;
    this.worker = this.universe.world.workers[0] as Worker;
  }

  at(now: number, holding: readonly BoardJob[], beatAt: number): void {
    this.universe.now = now;
    const record = boardRow({ pid: this.worker.pid ?? 0, beatAt, holding });
    this.universe.happen({
      kind: "boardRead",
      records: new Map([[this.worker.id, record]]),
      stoppedBySignal: new Set(),
    });
  }

  byMessage(holding: readonly BoardJob[]): void {
    const statusUpdate = { ...(this.worker.statusUpdate as StatusUpdate), holding };
    this.universe.happen({ kind: "workerStatusUpdate", worker: this.worker.id, statusUpdate });
  }

  get ended() {
    return this.universe.actions.flatMap((action) => (action.kind === "endJobs" ? action.endings : []));
  }
}

const stuck: BoardJob = { queue: "jobs", id: "1", startedAt: 1_000, stage: "running" };
const other: BoardJob = { queue: "jobs", id: "2", startedAt: 1_500, stage: "running" };
const stopJobs = { kind: "order", order: { kind: "stopJobs" } } as const;
const stopped = {
  queue: "jobs",
  id: "1",
  outcome: "fail",
  message: "job stopped by SIGUSR1",
  error: "JobStoppedError",
};

describe("a job whose processor has ended, and whose end Redis does not accept yet", () => {
  const ending: BoardJob = { ...stuck, stage: "ending" };

  test("costs its worker nothing when the worker's jobs are told to stop", () => {
    const held = new Held();
    held.at(2_000, [stuck], 1_900);
    held.universe.happen(stopJobs);
    held.at(60_000, [ending], 60_000);
    held.universe.happen(stopJobs);
    held.at(120_000, [ending], 120_000);
    assert.deepEqual(held.ended, []);
  });

  test("has kept its time limit", () => {
    const held = new Held([{ pattern: "*", softMs: 1_000, hardMs: 2_000 }]);
    held.at(60_000, [ending], 60_000);
    assert.deepEqual(held.ended, []);
  });
});

describe("a job that init ordered to stop", () => {
  test("ends with its process at FORKER_STOP_TIMEOUT if the event loop has not turned since", () => {
    const held = new Held();
    held.at(2_000, [stuck], 900);
    held.universe.happen(stopJobs);
    held.at(2_000 + limits.stopTimeoutMs - 1, [stuck], 900);
    assert.deepEqual(held.ended, []);
    held.at(2_000 + limits.stopTimeoutMs, [stuck], 900);
    assert.deepEqual(held.ended, [stopped]);
    assert.equal(held.worker.state, "killed");
  });

  test("is left to its worker if the worker responds", () => {
    const held = new Held();
    held.at(2_000, [stuck], 1_900);
    held.universe.happen(stopJobs);
    held.at(2_000 + limits.stopTimeoutMs, [stuck], 3_900);
    assert.deepEqual(held.ended, []);
    held.at(2_000 + limits.stopTimeoutMs + 100, [], 4_000);
    held.at(60_000, [{ ...stuck, startedAt: 50_000 }], 50_000);
    assert.deepEqual(held.ended, [], "the same job, taken anew, was not told");
  });

  test("ends with its process even if the event loop turns and the worker does not end it", () => {
    const held = new Held();
    held.at(2_000, [stuck], 1_900);
    held.universe.happen(stopJobs);
    const late = 2_000 + limits.stopTimeoutMs + limits.handBackTimeMs;
    held.at(late, [stuck], late);
    assert.deepEqual(held.ended, [stopped]);
  });

  test("ends with its process even if it does not fit on the scoreboard and its worker reported it by message", () => {
    const held = new Held();
    held.byMessage([stuck, other]);
    held.at(2_000, [], 900);
    held.universe.happen({ kind: "jobStopAsked", job: { queue: "jobs", id: "1" } });
    held.at(2_000 + limits.stopTimeoutMs, [], 900);
    assert.deepEqual(held.ended, [{ ...stopped, message: "job stopped by forker stop-job" }]);
  });

  test("is the only job to end so: what else its worker holds is handed back", () => {
    const held = new Held();
    held.at(2_000, [stuck, other], 900);
    held.universe.happen({ kind: "jobStopAsked", job: { queue: "jobs", id: "1" } });
    held.at(2_000 + limits.stopTimeoutMs, [stuck, other], 900);
    assert.deepEqual(held.ended, [{ ...stopped, message: "job stopped by forker stop-job" }]);
  });

  test("is no longer treated apart when its whole worker is ordered to stop", () => {
    const held = new Held();
    held.at(2_000, [stuck], 900);
    held.universe.happen(stopJobs);
    held.universe.happen({ kind: "order", order: { kind: "stop" } });
    assert.deepEqual(held.ended, []);
  });

  test("costs its slot neither a back-off nor a crash, and counts no death of the job", () => {
    const redis = { connection: "redis://127.0.0.1", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
    const universe = new Universe({ engine: "fork", workers: 1, redis });
    universe.settle();
    const worker = universe.world.workers[0] as Worker;
    const record = boardRow({ pid: worker.pid ?? 0, holding: [stuck] });
    universe.now = 2_000;
    universe.happen({
      kind: "boardRead",
      records: new Map([[worker.id, record]]),
      stoppedBySignal: new Set(),
    });
    universe.happen(stopJobs);
    universe.now += limits.stopTimeoutMs;
    universe.decide();
    universe.happen({ kind: "workerExited", worker: worker.id, status: { signal: "SIGKILL" } });
    assert.equal(universe.world.slots[0]?.failures, 0);
    assert.deepEqual(universe.world.handBackOrders[0]?.endings, [stopped]);
    assert.equal(universe.world.handBackOrders[0]?.counts, false);
  });
});

describe("a time limit", () => {
  const limited = [{ pattern: "jobs", softMs: 1_000, hardMs: 3_000 }];

  test("ends a job that blocks its event loop one second after the hard limit", () => {
    const held = new Held(limited);
    held.at(4_500, [stuck], 1_000);
    assert.deepEqual(held.ended, []);
    held.at(5_000, [stuck], 1_000);
    assert.deepEqual(held.ended, [
      {
        queue: "jobs",
        id: "1",
        outcome: "retry",
        message: "job ran for longer than its time limit of 3s",
        error: "JobTimeoutError",
      },
    ]);
  });

  test("is logged as it was set, at whichever fraction of a millisecond the job began", () => {
    const held = new Held(limited);
    held.at(60_000, [{ ...stuck, startedAt: 13385.278 }], 900);
    assert.deepEqual(
      held.ended.map(({ message }) => message),
      ["job ran for longer than its time limit of 3s"],
    );
  });

  test("is left to the worker if its event loop turns", () => {
    const held = new Held(limited);
    held.at(5_000, [stuck], 4_900);
    assert.deepEqual(held.ended, []);
  });

  test("wakes the loop when it is due", () => {
    const held = new Held(limited);
    held.at(2_000, [stuck], 1_000);
    assert.equal(held.universe.nextDeadline(), 4_000);
  });

  test("of another queue does not apply", () => {
    const held = new Held([{ pattern: "mail", softMs: 1_000, hardMs: 3_000 }]);
    held.at(50_000, [stuck], 1_000);
    assert.deepEqual(held.ended, []);
  });
});
