import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull" };
const job = (id: string) => ({ queue: "mail", id });

test("a job that was given up as lost and is handed back after all is no longer named as lost", () => {
  const universe = new Universe({ engine: "fork", workers: 1, redis });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  const farewell = {
    finished: 0,
    failed: 0,
    lost: [job("1"), job("2"), job("3")],
    handedBack: [],
    mayHoldMore: false,
  };
  universe.happen({ kind: "workerFarewell", worker: worker.id, farewell });
  universe.happen({ kind: "workerExited", worker: worker.id, status: { exitCode: 0 } });
  universe.pending.splice(0);
  universe.now += limits.lockDurationMs;
  universe.decide();
  assert.equal(universe.world.account.lost.count, 3);
  universe.happen({ kind: "jobsReturned", returned: worker.id, handedBack: [job("1")], failed: [job("2")] });
  const { lost, handedBack, failed } = universe.world.account;
  assert.deepEqual(lost, { count: 1, latest: [job("3")] });
  assert.deepEqual(handedBack, { count: 1, latest: [job("1")] });
  assert.equal(failed, 1);
});
