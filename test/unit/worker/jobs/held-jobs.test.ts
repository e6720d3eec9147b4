import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import type { RowWriter } from "../../../../src/board/row-writer.ts";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import type { HeldJob } from "../../../../src/worker/jobs/held-job.ts";
import { HeldJobs } from "../../../../src/worker/jobs/held-jobs.ts";

/** A row that has room only for the job `short`. */
const row = {
  put: (_queue: string, id: string) => (id === "short" ? 0 : undefined),
  erase: () => {},
  restage: (_index: number, stage: string) => stages.push(stage),
  stage: (_index: number, stage: string) => stages.push(stage),
} as unknown as RowWriter;
const stages: string[] = [];
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

async function leave(held: HeldJobs, jobs: readonly HeldJob[]): Promise<void> {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const left = held.endWithoutProcessor(jobs);
    mock.timers.tick(500);
    await left;
  } finally {
    mock.timers.reset();
  }
}

function heldWithEnd(): { readonly held: HeldJobs; readonly ended: HeldJob } {
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const ended = held.add(lane, { id: "ended", attemptsStarted: 1, attemptsMade: 0 } as BullJob, "token:1");
  ended.outcome = { result: "done" };
  return { held, ended };
}

const attempt = { queue: "jobs", id: "ended", starts: 1 };
const unwritten = { outcome: "unwritten", ...attempt, ends: 0, stacks: 0, result: '"done"' };

test("what has ended and is not written when its worker leaves is lost to it, and passed on before init's patience is over", async () => {
  const { held, ended } = heldWithEnd();
  await leave(held, [ended]);
  assert.deepEqual([held.lost, held.unwritten.fitting], [[attempt], [unwritten]]);
});

test("a job that is stopped, and whose worker stops before the end is written, is passed on once", async () => {
  const { held, ended } = heldWithEnd();
  await leave(held, [ended]);
  await leave(held, [ended]);
  assert.deepEqual([held.lost, held.unwritten.fitting], [[attempt], [unwritten]]);
  held.written(ended);
  assert.deepEqual([held.lost, held.unwritten.fitting], [[], []]);
});

test("an isolated job whose runner does not end in time fails with the limit at which it was to be killed", async () => {
  for (const [endRunner, message] of [
    [() => {}, "hard"],
    [undefined, "soft"],
  ] as const) {
    const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
    const one = held.add(lane, job("late"), "token:1");
    const enforced: string[] = [];
    const ending = { reason: new Error("soft"), lateReason: new Error("hard"), outcome: "retry" } as const;
    one.outcome = { error: new Error("soft") } as never;
    Object.assign(one, { ending, endRunner, enforce: (reason: Error) => enforced.push(reason.message) });
    await leave(held, [one]);
    assert.deepEqual(enforced, [message]);
  }
});

describe("the row shows of a job", () => {
  const steps = { heard: "heard", starts: "starts", waits: "waitsForRunner", ends: "finishing" } as const;
  const cases: readonly { what: string; taken: (keyof typeof steps)[]; shown: string[]; timed: string[] }[] = [
    {
      what: "that it runs and ends",
      taken: ["starts", "starts", "ends"],
      shown: ["running", "ending"],
      timed: ["started"],
    },
    {
      what: "that it waits for a runner until it starts",
      taken: ["waits", "starts", "ends"],
      shown: ["waitingForRunner", "running", "ending"],
      timed: ["started"],
    },
    {
      what: "that it ends without a start",
      taken: ["waits", "ends"],
      shown: ["waitingForRunner", "leaving"],
      timed: [],
    },
    {
      what: "that it waits again if its runner has ended before it started",
      taken: ["starts", "waits", "starts"],
      shown: ["running", "waitingForRunner", "running"],
      timed: ["started", "waitsAgain", "started"],
    },
    { what: "that a listener may be at fault", taken: ["heard"], shown: ["running"], timed: [] },
  ];
  for (const { what, taken, shown, timed } of cases)
    test(what, () => {
      const held = new HeldJobs({ changed: () => {}, unshown: () => {} }, row);
      const heard: string[] = [];
      held.watchedBy({
        taken: () => {},
        started: () => heard.push("started"),
        waitsAgain: () => heard.push("waitsAgain"),
        ended: () => {},
      });
      stages.length = 0;
      const one = held.add(lane, job("short"), "token:1");
      for (const step of taken) held[steps[step]](one);
      assert.deepEqual([stages, heard], [shown, timed]);
    });
});
