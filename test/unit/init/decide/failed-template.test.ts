import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { reconcile } from "../../../../src/init/decide/reconcile.ts";
import type { Action } from "../../../../src/init/state/action.ts";
import { advance } from "../../../../src/init/state/advance.ts";
import { applyEvent } from "../../../../src/init/state/apply-event.ts";
import { applyOrder } from "../../../../src/init/state/apply-order.ts";
import { limits, Universe } from "../../../support/universe.ts";

const failure = { message: "init cannot determine its user: EMFILE", stack: undefined, exit: "system" } as const;

/** A first template, which has failed a second after its start, long before it would have to have loaded. */
function failed() {
  const universe = new Universe({ engine: "fork", workers: 1 });
  const { world } = universe;
  for (const action of reconcile(world, limits, universe.now)) advance(world, action, limits, universe.now);
  const [template] = world.templates;
  assert.ok(template);
  applyEvent(world, { kind: "templateLaunched", template: template.id, pid: 7 }, limits, universe.now);
  universe.now += 1_000;
  applyEvent(world, { kind: "templateFailed", template: template.id, failure }, limits, universe.now);
  const kills = (): Action[] => reconcile(world, limits, universe.now).filter(({ kind }) => kind === "killTemplate");
  return { universe, world, template, kills };
}

describe("a template that has failed to load", () => {
  test("is killed if it does not exit, and the reason is logged", () => {
    const { universe, template, kills } = failed();
    universe.now += limits.exitTimeMs - 1;
    assert.deepEqual(kills(), []);
    universe.now += 1;
    const why = "it failed to load, and did not exit";
    assert.deepEqual(kills(), [{ kind: "killTemplate", template: template.id, why, broken: false }]);
  });

  test("may run its teardown when init leaves", () => {
    const { universe, world, kills } = failed();
    applyOrder(world, { kind: "stop" }, limits, universe.now);
    assert.deepEqual(kills(), []);
  });
});
