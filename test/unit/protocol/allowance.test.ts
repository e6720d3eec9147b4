import assert from "node:assert/strict";
import { test } from "node:test";
import { Allowance } from "../../../src/protocol/allowance.ts";

test("an allowance is a burst, then a rate per second, and after a pause no more than the burst again", () => {
  let now = 0;
  const allowance = new Allowance({ burst: 5, perSecond: 2 }, () => now);
  const spent = (times: number) => Array.from({ length: times }, () => allowance.spend(1)).filter(Boolean).length;
  assert.equal(spent(5), 5);
  assert.equal(spent(1), 0);
  now += 1_000;
  assert.equal(spent(1), 1);
  now += 3_600_000;
  assert.equal(spent(9), 5);
});
