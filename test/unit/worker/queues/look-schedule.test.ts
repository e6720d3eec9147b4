import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isLookDue, LookSchedule } from "../../../../src/worker/queues/look-schedule.ts";

const staleMs = 5;

/** How many looks a lane makes in a second in which jobs end at this interval, and how many ends wait for one. */
function countLooks(intervalMs: number): { readonly looks: number; readonly waits: number } {
  let [looks, waits, lookedAtMs] = [0, 0, 0];
  for (let nowMs = intervalMs; nowMs < 1_000; nowMs += intervalMs) {
    const ageMs = nowMs - lookedAtMs;
    if (!isLookDue({ ageMs, staleMs, gapMs: intervalMs })) continue;
    looks += 1;
    if (ageMs > staleMs) waits += 1;
    lookedAtMs = nowMs;
  }
  return { looks, waits };
}

describe("the look at higher lanes", () => {
  for (const intervalMs of [0.05, 0.2, 1, 2, 3, 4, 5])
    test(`no job that ends ${intervalMs} ms after the one before waits for an answer`, () => {
      assert.equal(countLooks(intervalMs).waits, 0);
    });

  test("short jobs cause one look for each answer that becomes stale", () => {
    assert.ok(countLooks(0.2).looks <= 1_000 / (staleMs - 1) + 1);
  });

  test("no job waits if bursts of them end at irregular intervals", async (context) => {
    let nowMs = 0;
    context.mock.method(performance, "now", () => nowMs);
    const schedule = new LookSchedule();
    const look = async () => schedule.answered(nowMs, 0);
    await schedule.refresh(look);
    let waits = 0;
    for (let burst = 0; burst < 100; burst++) {
      nowMs += burst % 2 === 0 ? 1.5 : 3.8;
      for (let job = 0; job < 10; job++) {
        nowMs += 0.01;
        if (schedule.refresh(look) !== undefined && burst > 1) waits += 1;
      }
      await Promise.resolve();
    }
    assert.equal(waits, 0);
  });

  test("an answer that is stale is not used", () => {
    assert.ok(isLookDue({ ageMs: 5.1, staleMs, gapMs: 0 }));
  });
});
