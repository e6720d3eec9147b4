import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { advance } from "../../../../src/init/state/advance.ts";
import { applyEvent } from "../../../../src/init/state/apply-event.ts";
import type { Template } from "../../../../src/init/state/template.ts";
import { limits, Universe } from "../../../support/universe.ts";

/** Two workers in their slots, and the template that forked them. */
function running(): { universe: Universe; template: Template } {
  const universe = new Universe({ engine: "fork", workers: 2 });
  universe.settle();
  const [template] = universe.world.templates;
  assert.ok(template);
  return { universe, template };
}

function retire({ universe, template }: ReturnType<typeof running>): number {
  advance(universe.world, { kind: "retireTemplate", template: template.id }, limits, universe.now);
  return template.deadline - universe.now;
}

describe("a template that retires", () => {
  test("gets a moment to end", () => {
    assert.equal(retire(running()), limits.exitTimeMs);
  });

  test("gets no more time if it has closed its channel", () => {
    const shop = running();
    const { universe, template } = shop;
    applyEvent(universe.world, { kind: "templateChannelClosed", template: template.id }, limits, universe.now);
    universe.now += 1_000;
    assert.equal(retire(shop), limits.exitTimeMs - 1_000);
  });

  test("gets the time of its orders in addition if it has yet to fork what it was ordered", () => {
    const shop = running();
    const [worker] = shop.universe.world.workers;
    assert.ok(worker);
    shop.universe.happen({ kind: "workerExited", worker: worker.id, status: { exitCode: 1 } });
    assert.ok(shop.universe.world.workers.some(({ state }) => state === "asked"));
    assert.equal(retire(shop), limits.exitTimeMs + limits.forkTimeMs);
  });
});
