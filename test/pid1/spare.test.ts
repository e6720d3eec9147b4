import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Status } from "../../src/protocol/status.ts";
import { Forker } from "../support/forker.ts";

const workerOf = ({ slots }: Status, slot: number) => slots[slot]?.workers[0]?.pid ?? 0;
const spareOf = ({ spares }: Status) => spares.find(({ mode, connected }) => mode === "standby" && connected)?.pid;

/** With a spare that waits. */
async function withSpare(forker: Forker): Promise<Status> {
  return await forker.until("a spare", (status) => status.ready && spareOf(status) !== undefined);
}

describe("a spare", () => {
  for (const engine of ["fork", "spawn"] as const)
    test(`takes over the slot of a killed worker, and another one follows it, ${engine} engine`, async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2", env: { FORKER_SPARE: "1" } });
      const before = await withSpare(forker);
      assert.equal(before.slots.length, 2);
      forker.pid1.signalInner(workerOf(before, 1), "SIGKILL");
      await forker.loggedWith("gave slot to spare", { slot: 1, workerPid: spareOf(before) ?? 0 });
      const after = await withSpare(forker);
      assert.equal(workerOf(after, 1), spareOf(before));
      assert.equal(workerOf(after, 0), workerOf(before, 0));
      const ids = [await forker.add("quick"), await forker.add("quick")];
      for (const id of ids) await forker.finished(id);
      assert.equal(await forker.drained(), 0);
    });

  test("takes no job while it waits, and none in a suspended slot", async () => {
    await using forker = await Forker.start({ engine: "fork", workload: "jobs", env: { FORKER_SPARE: "1" } });
    const before = await withSpare(forker);
    forker.pid1.signal("SIGUSR2");
    await forker.until("suspension", ({ slots }) => slots[0]?.workers[0]?.mode === "suspended");
    await forker.add("quick");
    forker.pid1.signalInner(workerOf(before, 0), "SIGKILL");
    const { slots } = await forker.until("its suspension", (status) => {
      const [worker] = status.slots[0]?.workers ?? [];
      return worker?.pid === spareOf(before) && worker?.mode === "suspended";
    });
    assert.equal(slots[0]?.finished, 0);
    forker.pid1.signal("SIGCONT");
    await forker.until("the job's end", (status) => status.totals.finished === 1);
  });
});
