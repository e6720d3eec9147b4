import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { ScrapedMemory } from "../../../src/admin/scraped-memory.ts";
import { monotonicClock } from "../../../src/clock/monotonic.ts";
import { metricsSource } from "../../support/metrics-source.ts";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    mock.timers.tick(1_000);
    await Promise.resolve();
    await Promise.resolve();
  }
}

test("memory is read from the first scrape on, and until five minutes after the last", async () => {
  const { status } = metricsSource;
  const read: number[] = [];
  const memory = new ScrapedMemory({
    clock: monotonicClock,
    read: async (pid) => {
      read.push(pid);
      return { residentKb: 100, privateKb: 40, proportionalKb: 60 };
    },
    residentBytes: () => undefined,
  });
  await pass(60_000);
  assert.deepEqual(read, [], "nobody scrapes");
  assert.equal(memory.of(status)(10), undefined);
  await pass(10_000);
  assert.deepEqual(memory.of(status)(20), { residentKb: 100, privateKb: 40 });
  assert.deepEqual(new Set(read), new Set([10, 11, 12, 20, 21]));
  await pass(299_000);
  await pass(5_000);
  const last = read.length;
  await pass(60_000);
  assert.equal(read.length, last, "nobody scrapes any more");
});
