import assert from "node:assert/strict";
import { test } from "node:test";
import { repeated } from "../../../../src/config/workload.ts";
import { announcementOf } from "../../../../src/init/report/fleet-link.ts";
import { Universe } from "../../../support/universe.ts";

test("a forker announces its ranges as they were written, and each other worker", () => {
  const specs = [
    ...repeated({ queues: ["import"] }, { count: 8, minimum: 1 }),
    ...repeated({ queues: ["mail"], concurrency: 5 }, { count: 4, minimum: 0 }),
    ...repeated({ queues: ["*"] }, { count: 2 }),
  ];
  const redis = { connection: "redis://127.0.0.1", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
  const universe = new Universe({ engine: "fork", workers: specs.length, specs, redis });
  universe.settle();
  const { workload } = announcementOf(universe.world, "web-1", "1.0.0");
  assert.equal(workload, "import x1..8; mail @5 x0..4; *; *");
});
