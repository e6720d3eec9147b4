import assert from "node:assert/strict";
import { test } from "node:test";
import { withLate } from "../../../../src/init/state/late-options.ts";
import { Universe } from "../../../support/universe.ts";

const mail = { pattern: "mail", lockDurationMs: 5_000 };
const other = { pattern: "other", maxStalledCount: 3 };

test("the first options of a queue count, and nothing changes if there are no others", () => {
  const known = [mail];
  assert.equal(withLate(known, [{ pattern: "mail", lockDurationMs: 1 }]), known);
  assert.deepEqual(withLate(known, [other, mail]), [mail, other]);
});

test("options of Workers that a worker has created are those of all workers of its generation, and of its keeper", () => {
  const redis = { connection: "redis://redis", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
  const universe = new Universe({ engine: "fork", workers: 2, redis, queueOptions: [mail] });
  universe.settle();
  const [worker] = universe.world.workers;
  universe.happen({ kind: "workerLateOptions", worker: worker?.id ?? 0, queueOptions: [other] });
  const { keeper } = universe.world;
  universe.happen({ kind: "keeperExited", keeper: keeper?.id ?? 0, status: { signal: "SIGKILL" } });
  universe.settle();
  for (const one of [...universe.world.workers, universe.world.keeper])
    assert.deepEqual(one?.queueOptions, [mail, other]);
});
