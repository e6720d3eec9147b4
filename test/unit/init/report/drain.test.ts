import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drainText } from "../../../../src/admin/drain-text.ts";
import { drainReport } from "../../../../src/init/report/report.ts";
import { noJobs, withJobs } from "../../../../src/init/state/job-list.ts";
import { limits, Universe } from "../../../support/universe.ts";

const drain = { kind: "order", order: { kind: "drain" } } as const;
const waiters = (count: number) => ({ kind: "waiters", count }) as const;
const kinds = (universe: Universe) => universe.actions.map((action) => action.kind);

function draining(waiting: number): Universe {
  const universe = new Universe({ engine: "fork", workers: 2 });
  universe.settle();
  universe.happen(waiters(waiting));
  universe.happen(drain);
  return universe;
}

/** Every process ends as ordered; no time passes. */
function letAllEnd(universe: Universe): void {
  while (universe.pending.length > 0) universe.step(0);
}

describe("a client that waits for a drain", () => {
  test("is not needed: without one, init exits with its last worker", () => {
    const universe = draining(0);
    letAllEnd(universe);
    assert.equal(universe.exited, "done");
    assert.ok(!kinds(universe).includes("tellWaiters"));
  });

  test("gets one final report, when all workers have ended, and not before", () => {
    const universe = draining(1);
    assert.ok(!kinds(universe).includes("tellWaiters"));
    letAllEnd(universe);
    assert.deepEqual(
      universe.actions.filter((action) => action.kind === "tellWaiters"),
      [{ kind: "tellWaiters", exit: "done" }],
    );
    assert.equal(universe.exited, undefined);
    universe.decide();
    assert.equal(kinds(universe).filter((kind) => kind === "tellWaiters").length, 1);
  });

  test("lets init exit a moment after it hangs up", () => {
    const universe = draining(1);
    letAllEnd(universe);
    universe.now += 100;
    universe.happen(waiters(0));
    assert.equal(universe.nextDeadline(), 100 + limits.waiterNoticedMs);
    universe.now += limits.waiterNoticedMs - 1;
    universe.decide();
    assert.equal(universe.exited, undefined);
    universe.now += 1;
    universe.decide();
    assert.equal(universe.exited, "done");
  });

  test("does not keep init from exiting when it never hangs up", () => {
    const universe = draining(2);
    letAllEnd(universe);
    universe.happen(waiters(1));
    assert.equal(universe.nextDeadline(), limits.waiterEndMs);
    universe.settle();
    assert.equal(universe.exited, "done");
    assert.equal(universe.now, limits.waiterEndMs);
  });

  test("has time to read the final report when it comes after it, even in the turn in which init would exit", () => {
    const universe = draining(1);
    letAllEnd(universe);
    universe.now += limits.waiterEndMs;
    universe.happen(waiters(2));
    assert.equal(universe.exited, undefined);
    universe.settle();
    assert.equal(universe.exited, "done");
    assert.equal(universe.now, 2 * limits.waiterEndMs);
  });

  test("has that time even if init was frozen until after its latest exit, for too short a time to notice", () => {
    const universe = draining(1);
    letAllEnd(universe);
    universe.now += limits.lateWaitersMs + 1;
    universe.happen(waiters(2));
    universe.settle();
    assert.equal(universe.exited, "done");
    assert.equal(universe.now, limits.lateWaitersMs + 1 + limits.waiterEndMs);
  });

  test("does not keep init from exiting when others come after it one after the other", () => {
    const universe = draining(1);
    letAllEnd(universe);
    for (let round = 0; round < 10 && universe.exited === undefined; round++) {
      universe.happen(waiters(0));
      universe.happen(waiters(1));
      universe.now += limits.waiterEndMs / 2;
      universe.decide();
    }
    assert.equal(universe.exited, "done");
    assert.ok(universe.now <= limits.lateWaitersMs + limits.waiterEndMs / 2);
  });

  test("that left before the end does not delay init's exit after its last worker", () => {
    const universe = draining(1);
    universe.happen(waiters(0));
    letAllEnd(universe);
    assert.equal(universe.exited, "done");
  });

  test("gets init's own exit reason: jobs that were not handed back, or a crash loop", () => {
    const losing = draining(1);
    losing.world.account.lost = withJobs(noJobs, [{ queue: "mail", id: "1" }]);
    letAllEnd(losing);
    assert.deepEqual(losing.actions.at(-1), { kind: "tellWaiters", exit: "jobsNotHandedBack" });
    const failing = draining(1);
    failing.world.exit = "crashLoop";
    letAllEnd(failing);
    assert.deepEqual(failing.actions.at(-1), { kind: "tellWaiters", exit: "crashLoop" });
  });

  test("gets the same report after a stop and a second signal in the last moment", () => {
    const universe = draining(1);
    letAllEnd(universe);
    universe.happen({ kind: "order", order: { kind: "stop" } });
    universe.happen({ kind: "order", order: { kind: "killNow" } });
    universe.settle();
    assert.equal(universe.exited, "done");
    assert.equal(kinds(universe).filter((kind) => kind === "tellWaiters").length, 1);
  });
});

describe("the drain report", () => {
  test("adds what living workers reported last to what was settled for dead ones", () => {
    const universe = draining(1);
    const [first, second] = universe.world.workers;
    assert.ok(first && second);
    universe.world.account.finished = 5;
    universe.world.account.handedBack = withJobs(noJobs, [{ queue: "mail", id: "7" }]);
    const statusUpdate = {
      mode: "draining" as const,
      suspended: false,
      suspensionOrders: 0,
      connected: true,
      queues: ["mail"],
      finished: 2,
      failed: 1,
    };
    universe.happen({
      kind: "workerStatusUpdate",
      worker: first.id,
      statusUpdate: { ...statusUpdate, holding: [{ queue: "mail", id: "9", startedAt: 0, stage: "running" }] },
    });
    universe.happen({ kind: "workerStatusUpdate", worker: second.id, statusUpdate: { ...statusUpdate, holding: [] } });
    const report = drainReport(universe.world);
    assert.deepEqual(report, {
      finished: 9,
      failed: 2,
      handedBack: { count: 1, latest: [{ queue: "mail", id: "7" }] },
      lost: noJobs,
      running: [{ queue: "mail", id: "9" }],
    });
    assert.equal(drainText(report), "finished 9, failed 2, handed back 1 (mail:7), still running 1 (mail:9)");
  });

  test("counts a worker that has sent its exit report once, and as running nothing", () => {
    const universe = draining(1);
    const [first] = universe.world.workers;
    assert.ok(first);
    const statusUpdate = {
      mode: "draining" as const,
      suspended: false,
      suspensionOrders: 0,
      connected: true,
      queues: ["mail"],
      finished: 2,
      failed: 0,
    };
    universe.happen({
      kind: "workerStatusUpdate",
      worker: first.id,
      statusUpdate: { ...statusUpdate, holding: [{ queue: "mail", id: "9", startedAt: 0, stage: "running" }] },
    });
    const exitReport = { finished: 3, failed: 0, handedBack: [], lost: [], unwritten: [], mayHoldUndelivered: false };
    universe.happen({ kind: "workerExitReport", worker: first.id, exitReport });
    assert.deepEqual([drainReport(universe.world).finished, drainReport(universe.world).running], [3, []]);
    universe.happen({ kind: "workerExited", worker: first.id, status: { exitCode: 0 } });
    assert.equal(drainReport(universe.world).finished, 3);
  });
});
