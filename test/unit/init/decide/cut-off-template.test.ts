import assert from "node:assert/strict";
import { test } from "node:test";
import { reconcile } from "../../../../src/init/decide/reconcile.ts";
import { applyEvent } from "../../../../src/init/state/apply-event.ts";
import { limits, Universe } from "../../../support/universe.ts";

test("a template that closes its channel and does not exit is replaced, and the reason is logged", () => {
  const universe = new Universe({ engine: "fork", workers: 1 });
  universe.settle();
  const { world } = universe;
  const [template] = world.templates;
  assert.ok(template);
  applyEvent(world, { kind: "templateChannelClosed", template: template.id }, limits, universe.now);
  assert.deepEqual(reconcile(world, limits, universe.now), []);
  assert.equal(universe.nextDeadline(), universe.now + limits.exitTimeMs);
  const why = "its channel has closed, and it did not exit";
  assert.deepEqual(reconcile(world, limits, universe.nextDeadline()), [
    { kind: "killTemplate", template: template.id, why, broken: false },
  ]);
});
