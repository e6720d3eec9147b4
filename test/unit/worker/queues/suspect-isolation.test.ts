import assert from "node:assert/strict";
import { test } from "node:test";
import { SuspectIsolation } from "../../../../src/worker/queues/suspect-isolation.ts";

test("jobs that no worker has died with run side by side", () => {
  const isolation = new SuspectIsolation();
  for (const running of [1, 2, 3]) assert.equal(isolation.admits(false, running), true);
  assert.equal(isolation.state, "open");
});

test("a suspect that is alone in its worker begins, and no other job begins until it has ended", () => {
  const isolation = new SuspectIsolation();
  assert.equal(isolation.admits(true, 1), true);
  assert.equal(isolation.state === "open", false);
  assert.equal(isolation.admits(false, 2), false, "one that was being taken at that moment");
  isolation.jobEnded(1);
  assert.equal(isolation.state === "open", false);
  isolation.jobEnded(0);
  assert.equal(isolation.state, "open");
});

test("a suspect does not start while other jobs run, and nothing is taken until they have ended", () => {
  const isolation = new SuspectIsolation();
  assert.equal(isolation.admits(true, 3), false);
  isolation.jobEnded(2);
  assert.equal(isolation.state === "open", false);
  assert.equal(isolation.admits(false, 2), true, "one that was being taken at that moment may be beside them");
  isolation.jobEnded(1);
  isolation.jobEnded(0);
  assert.equal(isolation.state, "open");
  assert.equal(isolation.admits(true, 1), true);
});

test("a second suspect does not start while one runs alone, which stays isolated", () => {
  const isolation = new SuspectIsolation();
  isolation.admits(true, 1);
  assert.equal(isolation.admits(true, 2), false);
  assert.equal(isolation.state === "open", false);
  assert.equal(isolation.admits(false, 2), false);
});
