import assert from "node:assert/strict";
import { test } from "node:test";
import { type TakeState, whyNotTaking } from "../../../../src/worker/queues/may-take.ts";

const free: TakeState = {
  isTakingMode: true,
  isStoppingJobs: false,
  isolation: "open",
  queues: 1,
  hasRoom: true,
};

test("a worker takes the next job, or gives the first reason why not", () => {
  assert.equal(whyNotTaking(free), undefined);
  assert.equal(whyNotTaking({ ...free, isTakingMode: false, isStoppingJobs: true }), "mode");
  assert.equal(whyNotTaking({ ...free, isStoppingJobs: true, isolation: "alone" }), "stoppingJobs");
  assert.equal(whyNotTaking({ ...free, isolation: "emptying", queues: 0 }), "emptyingForSuspect");
  assert.equal(whyNotTaking({ ...free, isolation: "alone", hasRoom: false }), "suspectRunsAlone");
  assert.equal(whyNotTaking({ ...free, queues: 0, hasRoom: false }), "noQueues");
  assert.equal(whyNotTaking({ ...free, hasRoom: false }), "full");
});
