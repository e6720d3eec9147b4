import assert from "node:assert/strict";
import { test } from "node:test";
import { Solitude } from "../../../src/worker/solitude.ts";

test("jobs that no worker has died with run beside each other", () => {
  const solitude = new Solitude();
  for (const running of [1, 2, 3]) assert.equal(solitude.admits(false, running), true);
  assert.equal(solitude.state, "open");
});

test("a suspect alone in its worker begins, and nothing begins beside it until it has ended", () => {
  const solitude = new Solitude();
  assert.equal(solitude.admits(true, 1), true);
  assert.equal(solitude.state === "open", false);
  assert.equal(solitude.admits(false, 2), false, "one that was being taken at that moment");
  solitude.left(1);
  assert.equal(solitude.state === "open", false);
  solitude.left(0);
  assert.equal(solitude.state, "open");
});

test("a suspect beside others does not begin, and nothing is taken until they have ended", () => {
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

test("a second suspect beside one that runs alone does not begin, and does not end its being alone", () => {
  const solitude = new Solitude();
  solitude.admits(true, 1);
  assert.equal(solitude.admits(true, 2), false);
  assert.equal(solitude.state === "open", false);
  assert.equal(solitude.admits(false, 2), false);
});
