import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pino } from "pino";
import type { Application } from "../../../src/app/application.ts";
import type { BullJob, Lane } from "../../../src/bull/lane.ts";
import type { Bull } from "../../../src/bull/load-bull.ts";
import type { Markers } from "../../../src/bull/markers.ts";
import { HeldJobs } from "../../../src/worker/held-jobs.ts";
import { JobRunner } from "../../../src/worker/job-runner.ts";

const bull = {
  api: { UnrecoverableError: class extends Error {}, WaitingError: class extends Error {} },
} as unknown as Bull;

/** A job whose end BullMQ was refused, as Redis answers when it is told a second time. */
async function refusedOnce(
  process: () => Promise<unknown>,
  answers: {
    readonly isOurs: readonly boolean[];
    readonly end: () => Promise<void>;
    readonly mark?: () => Promise<void>;
  },
) {
  const told: string[] = [];
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const isOurs = [...answers.isOurs];
  const hooks = { has: { beforePerform: false, afterPerform: false, onFailure: false } };
  const runner = new JobRunner({
    bull,
    application: { config: { verbose: false }, hooks, processorFor: () => process } as unknown as Application,
    markers: { mark: answers.mark ?? (() => Promise.resolve()) } as unknown as Markers,
    held,
    log: pino({ enabled: false }),
    regainAfterRefusal: () => Promise.resolve(isOurs.shift() ?? false),
    regainIfLapsed: () => undefined,
    beforeFinish: () => undefined,
  });
  const job = {
    id: "1",
    token: "token",
    opts: {},
    data: {},
    moveToCompleted: (result: string) => {
      told.push(`completed: ${result}`);
      return answers.end();
    },
    moveToFailed: ({ message, constructor }: Error) => {
      told.push(`${constructor === bull.api.UnrecoverableError ? "failed for good" : "failed"}: ${message}`);
      return answers.end();
    },
  } as unknown as BullJob;
  const lane = {
    queue: "queue",
    keys: { marker: "queue:marker" },
    process: () =>
      runner.perform(lane, job, "token").then(
        () => undefined,
        () => undefined,
      ),
  } as unknown as Lane;
  await runner.run(lane, job, "token", () => true);
  return { told, lost: held.lost.map(({ id }) => id), finished: held.finished, failed: held.failed };
}

const refused = () => Promise.reject(Object.assign(new Error("Missing lock for job 1. moveToFinished"), { code: -2 }));
const fails = () => Promise.reject(new Error("no"));
const done = () => Promise.resolve("done");

describe("an end that Redis has refused", () => {
  test("is told again, and counts once", async () => {
    const end = await refusedOnce(done, { isOurs: [true], end: () => Promise.resolve() });
    assert.deepEqual(end, { told: ["completed: done"], lost: [], finished: 1, failed: 0 });
  });

  test("is not told again by who does not have the job any more", async () => {
    const end = await refusedOnce(done, { isOurs: [false], end: refused });
    assert.deepEqual(end, { told: [], lost: [], finished: 0, failed: 0 });
  });

  test("is written again until Redis accepts it, and counts once", async () => {
    let asked = 0;
    const end = () => (++asked < 3 ? refused() : Promise.resolve());
    const ended = await refusedOnce(done, { isOurs: [true, true, true], end });
    assert.deepEqual(ended, { told: Array(3).fill("completed: done"), lost: [], finished: 1, failed: 0 });
  });

  test("is not lost where only the answer was: the job is not ours any more", async () => {
    const end = await refusedOnce(done, { isOurs: [true, false], end: refused });
    assert.deepEqual(end.lost, []);
  });

  test("does not make a failure final that may be tried again", async () => {
    let asked = 0;
    const end = () => (++asked === 1 ? refused() : Promise.resolve());
    const ended = await refusedOnce(fails, { isOurs: [true, true], end });
    assert.deepEqual(ended, { told: ["failed: no", "failed: no"], lost: [], finished: 0, failed: 1 });
  });

  test("is a failure where Redis answers that the job cannot be completed", async () => {
    let asked = 0;
    const pending = Object.assign(new Error("Job 1 has pending dependencies"), { code: -4 });
    const end = () => (++asked === 1 ? Promise.reject(pending) : Promise.resolve());
    const ended = await refusedOnce(done, { isOurs: [true, true], end });
    assert.deepEqual(ended.told, ["completed: done", "failed: Job 1 has pending dependencies"]);
    assert.deepEqual([ended.lost, ended.failed], [[], 1]);
  });

  test("makes it final where BullMQ cannot write it down", async () => {
    let asked = 0;
    const end = () => (++asked === 1 ? Promise.reject(new Error("Unknown backoff strategy")) : Promise.resolve());
    const ended = await refusedOnce(fails, { isOurs: [true], end });
    assert.deepEqual(ended, { told: ["failed: no", "failed for good: no"], lost: [], finished: 0, failed: 1 });
  });

  test("is told also where nobody can be woken for the next job", async () => {
    const mark = () => Promise.reject(new Error("OOM"));
    const end = await refusedOnce(done, { isOurs: [true], end: () => Promise.resolve(), mark });
    assert.deepEqual(end, { told: ["completed: done"], lost: [], finished: 1, failed: 0 });
  });
});

/** With a real Redis the order shows only if a renewal falls between two commands. */
test("a job that is handed back is let go first: BullMQ would complain of a lock that it cannot renew", async () => {
  const calls: string[] = [];
  const lane = {
    queue: "queue",
    keys: { marker: "queue:marker" },
    letGo: (id: string) => calls.push(`let go ${id}`),
  } as unknown as Lane;
  const job = {
    id: "1",
    priority: 0,
    moveToWait: () => Promise.resolve(calls.push("move to wait")),
  } as unknown as BullJob;
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const runner = new JobRunner({
    bull: {} as Bull,
    application: {} as Application,
    markers: {} as Markers,
    held,
    log: pino({ enabled: false }),
    regainAfterRefusal: () => Promise.resolve(true),
    regainIfLapsed: () => undefined,
    beforeFinish: () => undefined,
  });
  await runner.handBackUnstarted(lane, job, "token");
  assert.deepEqual(calls, ["let go 1", "move to wait"]);
  assert.deepEqual(held.handedBack, [{ queue: "queue", id: "1" }]);
});
