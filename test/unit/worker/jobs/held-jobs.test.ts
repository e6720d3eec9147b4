import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { RowWriter } from "../../../../src/board/row-writer.ts";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import { HeldJobs } from "../../../../src/worker/jobs/held-jobs.ts";

/** A row that has room only for the job `short`. */
const row = {
  put: (_queue: string, id: string) => (id === "short" ? 0 : undefined),
  erase: () => {},
} as unknown as RowWriter;
const lane = { queue: "jobs" } as Lane;
const job = (id: string) => ({ id }) as BullJob;

test("init learns at once that a job that does not fit in the row begins or ends: the next job may block the event loop", () => {
  const heard: string[] = [];
  const held = new HeldJobs({ changed: () => heard.push("changed"), unshown: () => heard.push("unshown") }, row);
  const short = held.add(lane, job("short"), "token:1");
  const long = held.add(lane, job("long"), "token:2");
  held.delete(long);
  held.delete(short);
  assert.deepEqual(heard, ["changed", "unshown", "unshown", "changed"]);
});

test("what has ended and is not written when its worker leaves is lost to it, and passed on before init's patience is over", async () => {
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const ended = held.add(lane, { id: "ended", attemptsStarted: 1, attemptsMade: 0 } as BullJob, "token:1");
  ended.outcome = { result: "done" };
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const left = held.endWithoutProcessor([ended]);
    mock.timers.tick(500);
    await left;
  } finally {
    mock.timers.reset();
  }
  const attempt = { queue: "jobs", id: "ended", starts: 1 };
  assert.deepEqual(held.lost, [attempt]);
  assert.deepEqual(held.unwritten.fitting, [
    { outcome: "unwritten", ...attempt, ends: 0, stacks: 0, result: '"done"' },
  ]);
});
