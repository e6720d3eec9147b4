import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/config/settings.ts";
import { Forker } from "../../support/forker.ts";

export function recyclingSuite(engine: Settings["engine"]): void {
  describe(`a worker is recycled, ${engine} engine`, () => {
    test("after a number of jobs, between two of them, and every job runs once", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2", env: { FORKER_RECYCLE_JOBS: "5" } });
      await forker.ready();
      const ids = await Promise.all(Array.from({ length: 40 }, async () => await forker.add("quick")));
      for (const id of ids) await forker.finished(id);
      await forker.loggedWith("recycling worker", { reason: /^it has run \d+ jobs$/ });
      const began = (await forker.ledger()).filter(({ what }) => what === "began");
      assert.deepEqual(began.map(({ id }) => id).toSorted(), ids.toSorted());
      const { slots } = await forker.until("a successor", (status) =>
        status.slots.some(({ restarts }) => restarts > 0),
      );
      assert.equal(slots.length, 2);
      assert.equal(await forker.drained(), 0);
    });

    test("at its memory limit, even if its user may not be inspected", async () => {
      const user = engine === "fork" ? "nobody" : "root";
      const options = { FORKER_RECYCLE_MEMORY: "1M", FORKER_USER: user };
      await using forker = await Forker.start({ engine, workload: "jobs", env: options });
      await forker.ready();
      await forker.finished(await forker.add("quick"));
      await forker.loggedWith("recycling worker", { reason: /^it has \d+ MB of private memory$/ });
      await forker.finished(await forker.add("quick"));
    });
  });
}
