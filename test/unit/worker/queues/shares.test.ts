import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Shares } from "../../../../src/worker/queues/shares.ts";
import { assertHolds } from "../../../support/properties.ts";

/** Gives this many turns to those that have something to do at the time, and returns who got them. */
function turnsOf(weights: readonly number[], turns: number, hasWork: (one: number, turn: number) => boolean): number[] {
  const all = [...weights.keys()];
  const shares = new Shares((one: number) => weights[one] ?? 1);
  shares.keepOnly(all);
  const took: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const taker = shares.ordered(all).find((one) => hasWork(one, turn));
    if (taker === undefined) continue;
    shares.took(taker);
    took.push(taker);
  }
  return took;
}

const count = (turns: readonly number[], one: number) => turns.filter((taker) => taker === one).length;
const weightLists = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });

describe("shares by weight", () => {
  test("follow each other evenly", () => {
    assert.deepEqual(turnsOf([3, 1], 8, () => true).join(""), "01000100");
  });

  test("are in proportion to the weights at every moment, if all have work: nobody is ahead by more than a turn of each", () => {
    assertHolds(
      fc.property(weightLists, fc.integer({ min: 1, max: 2_000 }), (weights, turns) => {
        const took = turnsOf(weights, turns, () => true);
        const sum = weights.reduce((total, weight) => total + weight, 0);
        for (const [one, weight] of weights.entries()) {
          const fair = (turns * weight) / sum;
          assert.ok(
            Math.abs(count(took, one) - fair) <= weights.length,
            `${count(took, one)} of ${turns}, fair: ${fair}`,
          );
        }
      }),
    );
  });

  test("never starve anybody, whatever the others do", () => {
    assertHolds(
      fc.property(weightLists, fc.array(fc.nat(255), { minLength: 1 }), (weights, busy) => {
        const sum = weights.reduce((total, weight) => total + weight, 0);
        const turns = 4 * sum;
        const isBusy = (one: number, turn: number) => one === 0 || (((busy[turn % busy.length] ?? 0) >> one) & 1) === 1;
        const took = turnsOf(weights, turns, isBusy);
        const fair = (turns * (weights[0] ?? 1)) / sum;
        assert.ok(count(took, 0) >= fair - weights.length, `${count(took, 0)} of ${turns}, fair: ${fair}`);
      }),
    );
  });

  test("give every turn to somebody who has work", () => {
    assertHolds(
      fc.property(weightLists, fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1 }), (weights, busy) => {
        const isBusy = (one: number, turn: number) => ((((busy[turn % busy.length] ?? 1) | 1) >> one) & 1) === 1;
        assert.equal(turnsOf(weights, 300, isBusy).length, 300);
      }),
    );
  });

  test("are not saved up by one that had nothing to do", () => {
    const took = turnsOf([1, 1], 200, (one, turn) => one === 0 || turn >= 100);
    assert.equal(count(took.slice(100), 1), 50);
  });

  test("of a new one begin where the others are", () => {
    const shares = new Shares(() => 1);
    shares.keepOnly(["old"]);
    for (let turn = 0; turn < 100; turn++) shares.took("old");
    shares.keepOnly(["old", "new"]);
    const took = Array.from({ length: 10 }, () => {
      const [next = ""] = shares.ordered(["old", "new"]);
      shares.took(next);
      return next;
    });
    assert.equal(took.filter((one) => one === "new").length, 5);
  });
});
