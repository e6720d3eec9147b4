import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { judgeLife, type LifeSigns, leaseMs, renewLeaseMs } from "../../../src/keeper/judge-life.ts";

const age = fc.integer({ min: 0, max: 10 * leaseMs });
const signs = fc.record({
  isShown: fc.boolean(),
  wasHere: fc.boolean(),
  leaseAgeMs: fc.option(age, { nil: undefined }),
  knownForMs: age,
});
/** In another network namespace: only its lease tells. */
const elsewhere = (leaseAgeMs: number | undefined, knownForMs: number): LifeSigns => {
  return { isShown: false, wasHere: false, leaseAgeMs, knownForMs };
};

describe("whether a life is over", () => {
  test("the kernel knows of who is beside us: it goes on while it is shown, and is over in the moment when it is not", () => {
    fc.assert(
      fc.property(signs, (all) => {
        assert.equal(judgeLife({ ...all, isShown: true }), "goesOn");
        assert.equal(judgeLife({ ...all, isShown: false, wasHere: true }), "over");
      }),
    );
  });

  test("a lease that was not renewed for as long as it lasts is the end, whenever the life was met", () => {
    fc.assert(
      fc.property(age, age, (ageMs, knownForMs) => {
        assert.equal(judgeLife(elsewhere(leaseMs + 1 + ageMs, knownForMs)), "over");
      }),
    );
  });

  test("who renews its lease is never over, and known to go on after a few looks", () => {
    const fresh = fc.integer({ min: 0, max: 2 * renewLeaseMs });
    fc.assert(
      fc.property(fresh, fresh, (...ages) => {
        let knownForMs = 0;
        for (const ageMs of [...ages, 0]) {
          const verdict = judgeLife(elsewhere(ageMs, knownForMs));
          assert.notEqual(verdict, "over");
          if (verdict === "goesOn") return;
          knownForMs += (verdict as { askAgainInMs: number }).askAgainInMs;
        }
        assert.equal(judgeLife(elsewhere(0, knownForMs)), "goesOn");
      }),
    );
  });

  test("who was killed elsewhere is over when its lease is, to the moment", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: leaseMs }), (ageMs) => {
        const verdict = judgeLife(elsewhere(ageMs, 0));
        assert.ok(typeof verdict === "object");
        assert.ok(verdict.askAgainInMs <= leaseMs - ageMs + 20, `asked again in ${verdict.askAgainInMs} ms`);
        assert.equal(judgeLife(elsewhere(ageMs + verdict.askAgainInMs, verdict.askAgainInMs)), "over");
      }),
    );
  });

  test("who has no lease has as long as one lasts to get it", () => {
    assert.deepEqual(judgeLife(elsewhere(undefined, 0)), { askAgainInMs: leaseMs + 20 });
    assert.equal(judgeLife(elsewhere(undefined, leaseMs + 20)), "over");
    assert.equal(judgeLife(elsewhere(10, leaseMs + 20)), "goesOn");
  });
});
