import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/config/settings.ts";
import { Forker } from "../../support/forker.ts";

export function bootSuite(engine: Settings["engine"]): void {
  describe(`boot, ${engine} engine`, () => {
    test("one load, a worker in each slot, a real job done, and QUIT ends with 0", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2; other" });
      const status = await forker.ready();
      assert.equal(status.engine, engine);
      assert.equal(status.pid, 1);
      assert.deepEqual(
        status.slots.map((slot) => [slot.slot, slot.spec, slot.workers.length]),
        [
          [0, "jobs", 1],
          [1, "jobs", 1],
          [2, "other", 1],
        ],
      );
      const id = await forker.add("quick", {}, "other");
      assert.equal((await forker.finished(id)).slot, "2");
      assert.equal(await forker.drained(), 0);
      assert.equal((await forker.logged("leaving")).msg, "finished 1; leaving");
    });

    test("a setup that throws ends with bootFailure's code, its message in the log, and no process left", async () => {
      await using forker = await Forker.start({ engine, env: { TEST_SETUP_FAILS_IN: "1" } });
      assert.equal(await forker.pid1.exitCode(), 70);
      assert.match(String((await forker.logged("setup() failed")).msg), /setup fails as asked/);
    });

    test("a setup that never ends is given up at FORKER_BOOT_TIMEOUT", async () => {
      await using forker = await Forker.start({ engine, env: { TEST_SETUP_HANGS_IN: "1", FORKER_BOOT_TIMEOUT: "1s" } });
      assert.equal(await forker.pid1.exitCode(), 70);
      await forker.logged("FORKER_BOOT_TIMEOUT");
    });

    test("workers that cannot start are tried again with back-off, then init leaves with crashLoop's code", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs", env: { TEST_START_FAILS: "1" } });
      assert.equal(await forker.pid1.exitCode(30_000), 75);
      const tries = forker.log.filter((line) => line["msg"] === "worker failed to start");
      assert.equal(tries.length, 5, forker.pid1.transcript);
      assert.match(String(tries[0]?.["cause"]), /does not start as asked/);
    });

    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
      test(`${signal} while the application is loading ends with 0 and leaves nobody behind`, async () => {
        await using forker = await Forker.start({ engine, env: { TEST_SETUP_HANGS_IN: "1" } });
        await forker.logged("loading the application");
        forker.pid1.signal(signal);
        assert.equal(await forker.pid1.exitCode(), 0);
      });
    }

    test("HUP while the application is loading is remembered: the workers end up in the second generation", async () => {
      await using forker = await Forker.start({ engine });
      await forker.logged("loading the application");
      forker.pid1.signal("SIGHUP");
      await forker.reloaded(2);
    });
  });
}
