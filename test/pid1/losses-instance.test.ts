import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Forker } from "../support/forker.ts";
import { completed, ended } from "../support/job-ends.ts";

describe("nothing is lost", () => {
  test("when a job kills the whole forker: the other job runs without it, and it alone fails at the third death", async () => {
    await using forker = await Forker.start({ workload: "jobs x2" });
    const ids = [await forker.add("deaf", { attempts: 5 }), await forker.add("deaf", { attempts: 5 })];
    for (const times of [1, 2]) {
      for (const id of ids) await forker.began(id, times);
      await forker.killedAndStartedAgain();
    }
    assert.equal((await forker.logged("quarantined job"))["deaths"], 2);
    const neighbour = (await Promise.race(ids.map((id) => forker.began(id, 3)))).id;
    const poison = ids.find((id) => id !== neighbour) ?? "";
    assert.equal(await forker.queue().getJobState(poison), "active");
    await forker.release(neighbour);
    await completed(forker, neighbour);
    await forker.began(poison, 3);
    const entries = (await forker.ledger()).map(({ id, what }) => `${id} ${what}`);
    assert.ok(entries.indexOf(`${neighbour} ended`) < entries.lastIndexOf(`${poison} began`));
    await forker.killedAndStartedAgain();
    await ended(forker, poison, "failed");
    assert.equal(
      (await forker.queue().getJob(poison))?.failedReason,
      "forker was killed with all its workers; 3 workers died with this job",
    );
    assert.equal(await forker.drained(), 0);
  });

  test("when the next forker finds the jobs of a killed one: they do not count as stalled, even if a lock has expired", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    const id = await forker.add("deaf");
    await forker.began(id);
    await forker.killedAndStartedAgain(async () => {
      await forker.client.del(`bull:jobs:${id}:lock`, "bull:jobs:stalled-check");
      await forker.client.sadd("bull:jobs:stalled", id);
    });
    await forker.began(id, 2);
    assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
    await forker.loggedWith("handed back orphaned jobs of an earlier instance", {
      jobs: new RegExp(`jobs:${id}\\b`),
    });
  });

  test("when a drain begins: it hands back the quarantined jobs", async () => {
    await using forker = await Forker.start({ workload: "jobs x2", env: { FORKER_DRAIN_TIMEOUT: "1s" } });
    const ids = [await forker.add("deaf"), await forker.add("deaf")];
    for (const times of [1, 2]) {
      for (const id of ids) await forker.began(id, times);
      await forker.killedAndStartedAgain();
    }
    await Promise.race(ids.map((id) => forker.began(id, 3)));
    assert.equal(await forker.drained(), 0);
    assert.deepEqual(await Promise.all(ids.map((id) => forker.queue().getJobState(id))), ["waiting", "waiting"]);
  });
});
