import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Status } from "../../src/protocol/status.ts";
import { Forker } from "../support/forker.ts";

const workersOf = ({ slots }: Status) => slots.flatMap((slot) => slot.workers);
const env = { FORKER_REMOVE_AFTER: "1" };

describe("workers on demand", () => {
  for (const engine of ["fork", "spawn"] as const)
    test(`are added for jobs that wait, and removed between jobs, ${engine} engine`, async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x0..3", env });
      const idle = await forker.until(
        "readiness without a worker",
        ({ ready, keeper }) => ready && keeper?.state === "ready",
      );
      assert.deepEqual(workersOf(idle), []);
      assert.deepEqual(idle.ranges, [{ spec: "jobs", workers: 0, minimum: 0, maximum: 3, heldBy: null }]);
      const ids: string[] = [];
      for (let job = 0; job < 3; job++) ids.push(await forker.add("held"));
      for (const id of ids) await forker.began(id);
      const busy = await forker.until("three workers", (status) => workersOf(status).length === 3);
      const added = await forker.logged("added workers");
      assert.equal(added["queues"], "jobs");
      assert.match(String(added["reason"]), /there is no worker/);
      // The worker of the last job is never removed while it holds it.
      const [last = ""] = ids.splice(2);
      for (const id of ids) await forker.release(id);
      await forker.until("fewer workers", (status) => workersOf(status).length < 3);
      const removed = await forker.logged("removed workers");
      assert.match(String(removed["reason"]), /enough for \d+ s/);
      const held = workersOf(busy).find(({ holding }) => holding.some(({ id }) => id === last));
      const status = await forker.status();
      assert.ok(
        workersOf(status).some(({ pid }) => pid === held?.pid),
        "its worker runs on",
      );
      await forker.release(last);
      await forker.finished(last);
      const empty = await forker.until("no worker", (now) => workersOf(now).length === 0);
      assert.equal(empty.totals.finished, 3);
      assert.equal(empty.ready, true);
      assert.equal(await forker.drained(), 0);
    });

  test("are kept by a reload, and end with it if the new workload has none", async () => {
    await using forker = await Forker.start({
      engine: "fork",
      workload: "jobs x1..3",
      env: { FORKER_REMOVE_AFTER: "10m" },
    });
    await forker.ready();
    const ids: string[] = [];
    for (let job = 0; job < 3; job++) ids.push(await forker.add("held"));
    for (const id of ids) await forker.began(id);
    forker.pid1.signal("SIGHUP");
    for (const id of ids) await forker.release(id);
    const status = await forker.reloaded(2);
    assert.equal(workersOf(status).length, 3);
  });
});

test("the queues of a forked worker share it by weight", async () => {
  await using forker = await Forker.start({ engine: "fork", workload: "jobs:3,others:1" });
  await forker.ready();
  assert.equal((await forker.status()).slots[0]?.spec, "jobs:3,others:1");
  const blocking = await forker.add("held");
  await forker.began(blocking);
  for (let job = 0; job < 12; job++) {
    await forker.add("quick", {}, "jobs");
    await forker.add("quick", {}, "others");
  }
  await forker.release(blocking);
  await forker.until("all jobs", ({ totals }) => totals.finished === 25);
  const ended = (await forker.ledger()).filter(({ what }) => what === "ended").map(({ queue }) => queue);
  const early = ended.slice(1, 13).filter((queue) => queue === "others").length;
  assert.ok(early >= 2 && early <= 5, ended.join());
});
