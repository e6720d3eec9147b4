import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { repeated } from "../../../../src/config/workload.ts";
import { slotSpecs, wantedSlots } from "../../../../src/init/state/wanted-slots.ts";
import { assertHolds } from "../../../support/properties.ts";
import { Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://redis", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
const lines = fc.record({ count: fc.integer({ min: 1, max: 4 }), minimum: fc.constantFrom(undefined, 0, 1) });

test("TTIN and TTOU never take away the last possible worker of a line with a range, nor all workers", () => {
  const orders = fc.array(fc.constantFrom("addWorker" as const, "removeWorker" as const, "removeWorker" as const));
  assertHolds(
    fc.property(fc.array(lines, { minLength: 1, maxLength: 4 }), orders, orders, (workload, early, later) => {
      const specs = workload.flatMap((line, index) => repeated({ queues: [`line${index}`] }, line));
      const universe = new Universe({ engine: "fork", workers: specs.length, specs, redis });
      universe.decide();
      for (const kind of early) universe.happen({ kind: "order", order: { kind } });
      universe.settle();
      for (const kind of later) {
        const before = slotSpecs(universe.world).length;
        universe.happen({ kind: "order", order: { kind } });
        const left = slotSpecs(universe.world).flatMap(({ queues }) => queues);
        assert.ok(left.length > 0);
        assert.ok(kind === "addWorker" ? left.length === before + 1 : left.length >= before - 1);
        for (const [index, { minimum }] of workload.entries())
          assert.ok(minimum === undefined || left.includes(`line${index}`), `line ${index} is left out`);
      }
      universe.settle();
      const slots = universe.world.workers.map(({ slot }) => slot).sort((a, b) => a - b);
      assert.deepEqual(slots, wantedSlots(universe.world));
    }),
    { runs: 500 },
  );
});
