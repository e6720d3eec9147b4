import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { queueStatusesOf } from "../../../../src/init/report/queue-status.ts";
import { addJobTimes, jobCountsOf, measureQueues, takeJobCounts } from "../../../../src/init/state/measured-queues.ts";
import { newWorld } from "../../../../src/init/state/new-world.ts";
import { newHistogram, observe } from "../../../../src/protocol/histogram.ts";
import { limits as universe } from "../../../support/universe.ts";

const limits = { ...universe, metricsQueues: 2 };
const minuteMs = 60_000;
const noCounts = { waiting: 0, prioritized: 0, delayed: 0, active: 0, waitingChildren: 0, completed: 0, failed: 0 };

function of(durationMs: number) {
  const histogram = newHistogram();
  observe(histogram, durationMs);
  return histogram;
}

describe("measured queues", () => {
  test("are the first that init learns of; the times of all others are in one series", () => {
    const world = newWorld();
    measureQueues(world, ["mail"], limits);
    for (const queue of ["import", "export", "thumbnails", "mail"])
      addJobTimes(world, [{ queue, wait: of(10) }], limits, 0);
    const counts = queueStatusesOf(world, 0).map(({ queue, wait }) => [queue, wait.count]);
    assert.deepEqual(counts, [
      ["mail", 1],
      ["import", 1],
      [":other", 2],
    ]);
  });

  test("without any of their own, all are in one series", () => {
    const world = newWorld();
    measureQueues(world, ["mail"], { ...limits, metricsQueues: 0 });
    addJobTimes(world, [{ queue: "mail", completed: of(10) }], { ...limits, metricsQueues: 0 }, 0);
    assert.deepEqual(
      queueStatusesOf(world, 0).map(({ queue }) => queue),
      [":other"],
    );
  });

  test("have recent times of five minutes, and all times since the boot", () => {
    const world = newWorld();
    const recentP95 = (now: number) => queueStatusesOf(world, now)[0]?.recent.durationMs.p95;
    addJobTimes(world, [{ queue: "mail", completed: of(3_000) }], limits, 0);
    assert.equal(recentP95(4 * minuteMs), 4_875);
    addJobTimes(world, [{ queue: "mail", failed: of(3) }], limits, 4 * minuteMs);
    assert.equal(recentP95(5 * minuteMs), 5);
    assert.equal(recentP95(9 * minuteMs), null);
    assert.equal(queueStatusesOf(world, 9 * minuteMs)[0]?.duration.completed.count, 1);
  });

  test("show the keeper's counts until they are three intervals old, and none of a queue that it was not asked for", () => {
    const world = newWorld();
    measureQueues(world, ["mail"], limits);
    takeJobCounts(
      world,
      ["mail", "stranger"].map((queue) => ({ queue, ...noCounts, waiting: 7 })),
      1_000,
    );
    const [mail] = world.measured.values();
    assert.ok(mail);
    assert.equal(jobCountsOf(world, mail, 16_000)?.waiting, 7);
    assert.equal(jobCountsOf(world, mail, 16_001), undefined);
    assert.deepEqual([...world.measured.keys()], ["mail"]);
  });
});
