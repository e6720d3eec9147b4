import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { MemoryReadings } from "../../../../src/admin/page/memory-readings.ts";

test("memory is read one process after another, ever more slowly the longer a reading takes, and only while somebody looks", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  const read: number[] = [];
  const readings = new MemoryReadings({
    clock: { now: () => now },
    read: async (pid) => {
      read.push(pid);
      now += 1;
      return pid === 3 ? null : { privateKb: 1_000 * pid, proportionalKb: 0, residentKb: 5_000 };
    },
    residentBytes: (pid) => (pid === 3 ? 2 << 20 : undefined),
  });
  const pass = async (ms: number) => {
    now += ms;
    context.mock.timers.tick(ms);
    await setImmediate();
  };
  readings.watch(new Set([1, 2, 3]));
  await pass(10_000);
  assert.deepEqual(read, []);
  readings.start();
  await pass(0);
  await pass(150);
  await pass(150);
  assert.deepEqual(read, [1, 2, 3]);
  assert.deepEqual(
    [1, 2, 3].map((pid) => readings.of(pid)),
    [{ residentKb: 5_000, privateKb: 1_000 }, { residentKb: 5_000, privateKb: 2_000 }, { residentKb: 2_048 }],
  );
  // A reading took 1 ms: the next one is due 300 ms later.
  await pass(299);
  assert.equal(read.length, 3);
  await pass(1);
  assert.deepEqual(read.slice(3), [1]);
  readings.watch(new Set([2]));
  assert.equal(readings.of(1), undefined);
  readings.stop();
  await pass(60_000);
  assert.equal(read.length, 4);
});
