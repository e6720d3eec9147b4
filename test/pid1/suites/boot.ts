import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/config/settings.ts";
import { Forker } from "../../support/forker.ts";

export function bootSuite(engine: Settings["engine"]): void {
  describe(`boot, ${engine} engine`, () => {
    test("loads once, starts a worker in each slot, runs a real job, and exits with 0 on QUIT", async () => {
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
      assert.equal((await forker.logged("init exits"))["finished"], 1);
    });

    test("exits with bootFailure's code and logs the message when setup throws, and leaves no process", async () => {
      await using forker = await Forker.start({ engine, env: { TEST_SETUP_FAILS_IN: "1" } });
      assert.equal(await forker.pid1.exitCode(), 70);
      assert.match(String((await forker.logged("setup() failed")).msg), /setup fails as asked/);
    });

    test("is given up at FORKER_BOOT_TIMEOUT when setup never ends", async () => {
      await using forker = await Forker.start({ engine, env: { TEST_SETUP_HANGS_IN: "1", FORKER_BOOT_TIMEOUT: "1s" } });
      assert.equal(await forker.pid1.exitCode(), 70);
      // The template reports it or, if it cannot, init gives it as the reason for killing the template.
      assert.match(forker.pid1.transcript, /did not (?:end|load) within .*FORKER_BOOT_TIMEOUT/);
    });

    test("retries workers that cannot start, with back-off, and then exits with crashLoop's code", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs", env: { TEST_START_FAILS: "1" } });
      assert.equal(await forker.pid1.exitCode(60_000), 75);
      const tries = forker.log.filter((line) => line["msg"] === "worker failed to start");
      assert.equal(tries.length, 5, forker.pid1.transcript);
      assert.match(String(tries[0]?.["cause"]), /does not start as asked/);
    });

    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
      test(`exits with 0 and leaves no process when ${signal} comes while the application is loading`, async () => {
        await using forker = await Forker.start({ engine, env: { TEST_SETUP_HANGS_IN: "1" } });
        await forker.logged("loading application");
        forker.pid1.signal(signal);
        assert.equal(await forker.pid1.exitCode(), 0);
      });
    }

    test("remembers a HUP that comes while the application is loading: the workers are of the second generation", async () => {
      await using forker = await Forker.start({ engine });
      await forker.logged("loading application");
      forker.pid1.signal("SIGHUP");
      await forker.reloaded(2);
    });
  });
}
