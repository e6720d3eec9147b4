import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeldJobs } from "../../../../src/worker/jobs/held-jobs.ts";
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
