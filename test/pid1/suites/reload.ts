import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/config/settings.ts";
import { Forker } from "../../support/forker.ts";

export function reloadSuite(engine: Settings["engine"]): void {
  describe(`reload, ${engine} engine`, () => {
    test("brings new code under the same PID on HUP, and the old worker finishes its running job", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      await forker.ready();
      const held = await forker.add("held");
      await forker.began(held);
      forker.deploy('export const version = "two";');
      forker.pid1.signal("SIGHUP");
      await forker.until(
        "the idle slot to be new",
        (status) =>
          status.generation === 2 &&
          status.slots.some((slot) => slot.workers.every((worker) => worker.generation === 2)),
      );
      assert.equal((await forker.finished(await forker.add("quick"))).version, "two");
      await forker.release(held);
      assert.equal((await forker.finished(held)).version, "one");
      const status = await forker.reloaded(2);
      assert.equal(status.pid, 1);
      assert.equal((await forker.ledger()).length, 4);
    });

    test("calls teardown with the process that leaves: the old template, or the worker of a slot", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs", env: { TEST_TELLS_TEARDOWN: "1" } });
      await forker.ready();
      forker.pid1.signal("SIGHUP");
      await forker.reloaded(2);
      assert.equal(await forker.drained(), 0);
      const leaving = forker.log.filter(({ msg }) => msg === "teardown").map((line) => line["leaving"]);
      assert.deepEqual(
        new Set(leaving.map((one) => JSON.stringify(one))),
        new Set(
          [1, 2].flatMap((generation) => [
            JSON.stringify({ role: "template", generation }),
            JSON.stringify({ role: "worker", generation, slot: 0 }),
          ]),
        ),
      );
    });

    test("keeps the old version working and logs the reason when the new one does not load; the next HUP works", async () => {
      await using forker = await Forker.start({ engine });
      const before = await forker.ready();
      forker.deploy('export const version = "two"; export const failing = true;');
      forker.pid1.signal("SIGHUP");
      await forker.logged("reload failed");
      const after = await forker.ready();
      assert.deepEqual(
        after.slots.map((slot) => slot.workers[0]?.pid),
        before.slots.map((slot) => slot.workers[0]?.pid),
      );
      assert.equal((await forker.finished(await forker.add("quick"))).version, "one");
      forker.deploy('export const version = "three";');
      forker.pid1.signal("SIGHUP");
      await forker.reloaded(3);
      assert.equal((await forker.finished(await forker.add("quick"))).version, "three");
    });

    test("is abandoned when the new workers do not start, and touches no old worker", async () => {
      await using forker = await Forker.start({ engine });
      const before = await forker.ready();
      forker.deploy('export const version = "two"; export const brokenStart = true;');
      forker.pid1.signal("SIGHUP");
      await forker.logged("abandoned reload");
      const after = await forker.ready();
      assert.deepEqual(
        after.slots.map((slot) => slot.workers[0]?.pid),
        before.slots.map((slot) => slot.workers[0]?.pid),
      );
    });

    test("is given up at FORKER_BOOT_TIMEOUT when setup hangs", async () => {
      await using forker = await Forker.start({
        engine,
        env: { TEST_SETUP_HANGS_IN: "2", FORKER_BOOT_TIMEOUT: "12s" },
      });
      await forker.ready();
      forker.pid1.signal("SIGHUP");
      await forker.logged("reload failed");
      assert.equal((await forker.ready()).generation, 1);
    });

    test("replaces a killed template without ending its workers, and the successor forks the next one", {
      skip: engine === "spawn" && "a template of this engine ends when it has loaded",
    }, async () => {
      await using forker = await Forker.start({ engine });
      const before = await forker.ready();
      const [template] = before.templates;
      forker.pid1.signalInner(template?.pid ?? 0, "SIGKILL");
      const after = await forker.until("another template", (status) =>
        status.templates.some((one) => one.pid !== template?.pid && one.state === "ready"),
      );
      assert.deepEqual(
        after.slots.map((slot) => slot.workers[0]?.pid),
        before.slots.map((slot) => slot.workers[0]?.pid),
      );
      forker.pid1.signalInner(after.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.until(
        "another worker",
        (status) => status.ready && status.slots[0]?.workers[0]?.pid !== after.slots[0]?.workers[0]?.pid,
      );
    });

    test("leaves exactly the workload after a hundred HUPs, many during another reload, and every job runs once", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      await forker.ready();
      const ids: string[] = [];
      for (let hup = 0; hup < 100; hup++) {
        forker.pid1.signal("SIGHUP");
        ids.push(await forker.add("quick"));
        if (hup % 10 === 0) await forker.finished(ids.at(-1) ?? "");
      }
      for (const id of ids) await forker.finished(id);
      const status = await forker.until(
        "rest",
        (one) => one.ready && !one.reloading && one.templates.length === (engine === "fork" ? 1 : 0),
      );
      assert.deepEqual(
        status.slots.map((slot) => slot.workers.map((worker) => worker.generation)),
        [[status.generation], [status.generation]],
      );
      const ended = (await forker.ledger()).filter((entry) => entry.what === "ended").map((entry) => entry.id);
      assert.deepEqual(ended.toSorted(), ids.toSorted());
      const processes = forker.pid1.processes();
      assert.equal(processes.filter((one) => one.state === "Z").length, 0);
      await forker.logged("keeper ready");
      assert.equal(forker.pid1.processes().length, 1 + status.templates.length + 2 + 1, "init, keeper, two workers");
    });
  });
}
