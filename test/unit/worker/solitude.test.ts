import assert from "node:assert/strict";
import { test } from "node:test";
import { Solitude } from "../../../src/worker/solitude.ts";

test("jobs that no worker has died with run side by side", () => {
  const solitude = new Solitude();
  for (const running of [1, 2, 3]) assert.equal(solitude.admits(false, running), true);
  assert.equal(solitude.state, "open");
});

test("a suspect that is alone in its worker begins, and no other job begins until it has ended", () => {
  const solitude = new Solitude();
  assert.equal(solitude.admits(true, 1), true);
  assert.equal(solitude.state === "open", false);
  assert.equal(solitude.admits(false, 2), false, "one that was being taken at that moment");
  solitude.left(1);
  assert.equal(solitude.state === "open", false);
  solitude.left(0);
  assert.equal(solitude.state, "open");
});

test("a suspect beside other jobs does not begin, and nothing is taken until they have ended", () => {
  const solitude = new Solitude();
  assert.equal(solitude.admits(true, 3), false);
  solitude.left(2);
  assert.equal(solitude.state === "open", false);
  assert.equal(solitude.admits(false, 2), true, "one that was being taken at that moment may be beside them");
  solitude.left(1);
  solitude.left(0);
  assert.equal(solitude.state, "open");
  assert.equal(solitude.admits(true, 1), true);
});

test("a second suspect does not begin beside one that runs alone, which stays isolated", () => {
  const solitude = new Solitude();
  solitude.admits(true, 1);
  assert.equal(solitude.admits(true, 2), false);
  assert.equal(solitude.state === "open", false);
  assert.equal(solitude.admits(false, 2), false);
});
