import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judgeLife, leaseMs, renewLeaseMs } from "../../../src/keeper/judge-life.ts";

const age = fc.integer({ min: 0, max: 10 * leaseMs });

test("a lease that was not renewed for as long as it lasts is the end of a life, whenever it was met", () => {
  fc.assert(
    fc.property(age, age, (ageMs, knownForMs) => {
      assert.equal(judgeLife(leaseMs + 1 + ageMs, knownForMs), "over");
    }),
  );
});

test("who renews its lease is never over, and known to go on after two looks at most", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 * renewLeaseMs }),
      fc.integer({ min: 0, max: 2 * renewLeaseMs }),
      (...ages) => {
        let knownForMs = 0;
        for (const ageMs of [...ages, 0]) {
          const verdict = judgeLife(ageMs, knownForMs);
          assert.notEqual(verdict, "over");
          if (verdict === "goesOn") return;
          knownForMs += (verdict as { askAgainInMs: number }).askAgainInMs;
        }
        assert.equal(judgeLife(0, knownForMs), "goesOn");
      },
    ),
  );
});

test("who was killed is over when its lease is, to the moment", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: leaseMs }), (ageMs) => {
      const verdict = judgeLife(ageMs, 0);
      assert.ok(typeof verdict === "object");
      assert.ok(verdict.askAgainInMs <= leaseMs - ageMs + 20, `asked again in ${verdict.askAgainInMs} ms`);
      assert.equal(judgeLife(ageMs + verdict.askAgainInMs, verdict.askAgainInMs), "over");
    }),
  );
});

test("who has no lease has as long as one lasts to get it", () => {
  assert.deepEqual(judgeLife(undefined, 0), { askAgainInMs: leaseMs + 20 });
  assert.equal(judgeLife(undefined, leaseMs + 20), "over");
  assert.equal(judgeLife(10, leaseMs + 20), "goesOn");
});
