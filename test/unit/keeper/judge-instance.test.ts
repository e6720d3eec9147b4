import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { judgeInstance, type LifeSigns, leaseMs, renewLeaseMs } from "../../../src/keeper/judge-instance.ts";
import { assertHolds } from "../../support/properties.ts";

const age = fc.integer({ min: 0, max: 10 * leaseMs });
const signs = fc.record({
  isAnnounced: fc.boolean(),
  wasHere: fc.boolean(),
  leaseAgeMs: fc.option(age, { nil: undefined }),
  knownForMs: age,
});
/** In another network namespace, where only the lease shows whether it runs. */
const elsewhere = (leaseAgeMs: number | undefined, knownForMs: number): LifeSigns => {
  return { isAnnounced: false, wasHere: false, leaseAgeMs, knownForMs };
};

describe("another instance", () => {
  test("in the same network namespace is judged by the kernel: it is alive while it is announced, and over when it is not", () => {
    assertHolds(
      fc.property(signs, (all) => {
        assert.equal(judgeInstance({ ...all, isAnnounced: true }), "goesOn");
        assert.equal(judgeInstance({ ...all, isAnnounced: false, wasHere: true }), "over");
      }),
    );
  });

  test("is over when it has not renewed its lease for as long as a lease lasts, whenever it was first seen", () => {
    assertHolds(
      fc.property(age, age, (ageMs, knownForMs) => {
        assert.equal(judgeInstance(elsewhere(leaseMs + 1 + ageMs, knownForMs)), "over");
      }),
    );
  });

  test("is never over while it renews its lease, and is known to be alive after a few looks", () => {
    const fresh = fc.integer({ min: 0, max: 2 * renewLeaseMs });
    assertHolds(
      fc.property(fresh, fresh, (...ages) => {
        let knownForMs = 0;
        for (const ageMs of [...ages, 0]) {
          const verdict = judgeInstance(elsewhere(ageMs, knownForMs));
          assert.notEqual(verdict, "over");
          if (verdict === "goesOn") return;
          knownForMs += (verdict as { askAgainInMs: number }).askAgainInMs;
        }
        assert.equal(judgeInstance(elsewhere(0, knownForMs)), "goesOn");
      }),
    );
  });

  test("that was killed elsewhere is over when its lease is, to the moment", () => {
    assertHolds(
      fc.property(fc.integer({ min: 0, max: leaseMs }), (ageMs) => {
        const verdict = judgeInstance(elsewhere(ageMs, 0));
        assert.ok(typeof verdict === "object");
        assert.ok(verdict.askAgainInMs <= leaseMs - ageMs + 20, `asked again in ${verdict.askAgainInMs} ms`);
        assert.equal(judgeInstance(elsewhere(ageMs + verdict.askAgainInMs, verdict.askAgainInMs)), "over");
      }),
    );
  });

  test("without a lease has as long as one lasts to write it", () => {
    assert.deepEqual(judgeInstance(elsewhere(undefined, 0)), { askAgainInMs: leaseMs + 20 });
    assert.equal(judgeInstance(elsewhere(undefined, leaseMs + 20)), "over");
    assert.equal(judgeInstance(elsewhere(10, leaseMs + 20)), "goesOn");
  });
});
