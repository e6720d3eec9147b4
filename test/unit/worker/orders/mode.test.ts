import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  initialMode,
  type Mode,
  type ModeEvent,
  type ModeState,
  nextMode,
} from "../../../../src/worker/orders/mode.ts";
import { assertHolds } from "../../../support/properties.ts";

const events: readonly ModeEvent[] = ["take", "suspend", "resume", "drain", "stop", "finished"];
const strength: Record<Mode, number> = { standby: 0, taking: 1, suspended: 1, draining: 2, stopping: 3, ended: 4 };

function after(...path: ModeEvent[]): ModeState {
  return path.reduce(nextMode, initialMode);
}

test("a standby that was suspended takes nothing when init orders it to take", () => {
  assert.equal(after("suspend", "take").mode, "suspended");
  assert.equal(after("take", "suspend").mode, "suspended");
  assert.equal(after("suspend", "resume", "take").mode, "taking");
  assert.equal(after("suspend", "take", "resume").mode, "taking");
});

test("a suspended worker drains and stops like any other", () => {
  assert.equal(after("take", "suspend", "drain").mode, "draining");
  assert.equal(after("take", "suspend", "drain", "resume").mode, "draining");
  assert.equal(after("suspend", "stop", "finished").mode, "ended");
});

test("no mode leads back from leaving, and every event may come twice", () => {
  assertHolds(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 20 }), fc.constantFrom(...events), (path, event) => {
      const before = path.reduce(nextMode, initialMode);
      const once = nextMode(before, event);
      assert.ok(strength[once.mode] >= strength[before.mode]);
      // A repeated event changes nothing, except that the first "finished" ends a stopping worker.
      assert.deepEqual(nextMode(once, event), once);
    }),
  );
});
