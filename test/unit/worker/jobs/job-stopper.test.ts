import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import { HeldJobs } from "../../../../src/worker/jobs/held-jobs.ts";
import { JobStopper } from "../../../../src/worker/jobs/job-stopper.ts";

test("a worker whose jobs could not be stopped takes jobs again", async () => {
  const taking: boolean[] = [];
  const held = { all: [], stop: () => Promise.reject(new Error("no")) } as unknown as HeldJobs;
  const stopper = new JobStopper({
    held,
    settings: { stoppedJobs: "fail", stopTimeoutMs: 1 },
    isStopping: () => false,
    isLeaving: () => false,
    setTaking: (isTaking) => taking.push(isTaking),
    endProcess: () => assert.fail("nothing is deaf"),
    stopped: () => undefined,
  });
  for (let times = 0; times < 2; times++) await assert.rejects(stopper.stopAll(), /^Error: no$/);
  assert.deepEqual(taking, [false, true, false, true]);
});

describe("the answer to stop-job", () => {
  const name = { queue: "jobs", id: "one" };
  /** A worker whose process ends before the job that init asked to stop has ended. */
  function stopperOf(job: { readonly endedByItself: boolean }) {
    const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
    const one = Object.assign(held.add({ queue: "jobs" } as Lane, { id: "one" } as BullJob, "token:1"), {
      ...job,
      isFinishing: false,
    });
    const answers: string[] = [];
    const stopper = new JobStopper({
      held,
      settings: { stoppedJobs: "fail", stopTimeoutMs: 20 },
      isStopping: () => true,
      isLeaving: () => true,
      setTaking: () => undefined,
      endProcess: () => assert.fail("the worker stops already"),
      stopped: ({ queue, id }, byItself) => answers.push(`${queue}:${id} ${byItself ? "by itself" : "stopped"}`),
    });
    return { held, one, stopper, answers };
  }

  test("is true and comes once if something else ends the process within the time that the job has to stop", async () => {
    for (const [endedByItself, answer] of [
      [false, "jobs:one stopped"],
      [true, "jobs:one by itself"],
    ] as const) {
      const { held, one, stopper, answers } = stopperOf({ endedByItself });
      const stopping = stopper.stopOne(name);
      assert.deepEqual(answers, []);
      stopper.reportAll();
      stopper.reportAll();
      assert.deepEqual(answers, [answer]);
      held.delete(one);
      await stopping;
      assert.deepEqual(answers, [answer]);
    }
  });

  test("comes when the job has ended, and not again with the exit report", async () => {
    const { held, one, stopper, answers } = stopperOf({ endedByItself: false });
    const stopping = stopper.stopOne(name);
    one.isFinishing = true;
    held.delete(one);
    await stopping;
    stopper.reportAll();
    assert.deepEqual(answers, ["jobs:one stopped"]);
  });
});
