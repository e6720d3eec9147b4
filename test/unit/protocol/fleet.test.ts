import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FleetRules, isLaterCommand, noRule, ruleFor, withRule } from "../../../src/protocol/fleet.ts";

const suspended = { suspended: true, by: "ops (pid 1)" };
const resumed = { suspended: false, by: "ops (pid 2)" };

describe("the rules of a fleet", () => {
  test("say nothing at first", () => {
    assert.deepEqual(ruleFor([], "web-1"), noRule);
  });

  test("apply to the hosts that match, and the latest one counts", () => {
    let rules: FleetRules = withRule([], "*", suspended, 1_000);
    rules = withRule(rules, "web-*", resumed, 2_000);
    assert.deepEqual(ruleFor(rules, "web-1"), { ...resumed, number: 2_000 });
    assert.deepEqual(ruleFor(rules, "db-1"), { ...suspended, number: 1_000 });
    rules = withRule(rules, "web-1", suspended, 3_000);
    rules = withRule(rules, "web-*", resumed, 4_000);
    assert.equal(ruleFor(rules, "web-1").number, 4_000);
    assert.equal(rules.length, 3, "a rule for the same hosts takes the place of the earlier one");
  });

  test("are replaced by an order to all hosts", () => {
    const rules = withRule(withRule([], "web-*", suspended, 1_000), "*", resumed, 2_000);
    assert.deepEqual(rules, [{ hosts: "*", number: 2_000, ...resumed }]);
  });

  test("have numbers that grow even if the clock of the server is set back", () => {
    const rules = withRule(withRule([], "*", suspended, 5_000), "*", resumed, 1_000);
    assert.equal(ruleFor(rules, "web-1").number, 5_001);
  });
});

test("commands are ordered by time, then by serial number", () => {
  assert.ok(isLaterCommand("1-0", undefined));
  assert.ok(isLaterCommand("10-0", "9-5"));
  assert.ok(isLaterCommand("9-10", "9-9"));
  assert.ok(!isLaterCommand("9-9", "9-9"));
  assert.ok(!isLaterCommand("9-9", "10-0"));
  assert.ok(isLaterCommand("18446744073709551615-1", "18446744073709551615-0"));
});
