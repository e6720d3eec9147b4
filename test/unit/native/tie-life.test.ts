import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { tieLifeToInit } from "../../../src/native/tie-life.ts";

const failure = (errnoName: string) =>
  Object.assign(new Error(`sigtimedwait: ${errnoName}`), { code: "ERR_FORKER_NATIVE", errnoName });

/** Ties with these outcomes, one a second. */
function tied(outcomes: readonly (Error | undefined)[]) {
  const deadlines: number[] = [];
  const warnings: object[] = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    tieLifeToInit(1, {
      log: { warn: (fields) => void warnings.push(fields) },
      tie(_, deadlineMs) {
        deadlines.push(deadlineMs);
        const outcome = outcomes[Math.min(deadlines.length, outcomes.length) - 1];
        if (outcome !== undefined) throw outcome;
      },
    });
    for (let second = 0; second < 100; second++) mock.timers.tick(1_000);
  } finally {
    mock.timers.reset();
  }
  return { deadlines, warnings };
}

test("a forked process whose parent ends late is tied to init once it has, and does not wait for that", () => {
  const late = failure("ETIMEDOUT");
  assert.deepEqual(tied([late, late, undefined]), { deadlines: [1_000, 1, 1], warnings: [] });
});

test("a process that cannot be tied to init says so, once", () => {
  assert.deepEqual(tied([failure("EPERM")]).warnings, [{ cause: "sigtimedwait: EPERM" }]);
  const { deadlines, warnings } = tied([failure("ETIMEDOUT")]);
  assert.deepEqual([deadlines.length, warnings.length], [61, 1]);
  assert.deepEqual(tied([failure("ESRCH")]), { deadlines: [1_000], warnings: [] });
});
