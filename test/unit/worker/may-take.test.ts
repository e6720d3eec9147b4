import assert from "node:assert/strict";
import { test } from "node:test";
import { type TakeState, whyNotTaking } from "../../../src/worker/may-take.ts";

const free: TakeState = {
  isTakingMode: true,
  isStoppingJobs: false,
  suspects: "open",
  queues: 1,
  running: 1,
  concurrency: 2,
};

test("a worker takes the next job, or gives the first reason why not", () => {
  assert.equal(whyNotTaking(free), undefined);
  assert.equal(whyNotTaking({ ...free, isTakingMode: false, isStoppingJobs: true }), "mode");
  assert.equal(whyNotTaking({ ...free, isStoppingJobs: true, suspects: "alone" }), "stoppingJobs");
  assert.equal(whyNotTaking({ ...free, suspects: "emptying", queues: 0 }), "emptyingForSuspect");
  assert.equal(whyNotTaking({ ...free, suspects: "alone", running: 2 }), "suspectRunsAlone");
  assert.equal(whyNotTaking({ ...free, queues: 0, running: 2 }), "noQueues");
  assert.equal(whyNotTaking({ ...free, running: 2 }), "full");
});
