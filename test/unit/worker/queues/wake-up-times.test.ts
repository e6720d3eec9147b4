import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import { WakeUpTimes } from "../../../../src/worker/queues/wake-up-times.ts";

function lane(queue: string, limitedUntil = 0): Lane & { limitedUntil: number } {
  return { queue, keys: { marker: `bull:${queue}:marker` }, limitedUntil } as unknown as Lane & {
    limitedUntil: number;
  };
}

test("a wait ends when the first delayed job is due, and its queue is then looked at", () => {
  const [one, two] = [lane("one"), lane("two")];
  const wakeUpTimes = new WakeUpTimes();
  wakeUpTimes.at(one, 1_500);
  wakeUpTimes.at(two, 1_200);
  assert.deepEqual(wakeUpTimes.plan([one, two], 1_000), { open: [one, two], ready: [], waitMs: 200 });
  assert.deepEqual(wakeUpTimes.plan([one, two], 1_200), { open: [one, two], ready: [two], waitMs: 300 });
  assert.deepEqual(wakeUpTimes.plan([one, two], 1_300).ready, [], "only once");
});

test("a rate-limited queue is not waited for until its limit is over, and is then looked at", () => {
  const limited = lane("limited", 2_000);
  const free = lane("free");
  const wakeUpTimes = new WakeUpTimes();
  assert.deepEqual(wakeUpTimes.plan([limited, free], 1_000), { open: [free], ready: [], waitMs: 1_000 });
  assert.deepEqual(wakeUpTimes.plan([limited, free], 2_000).ready, [limited]);
  assert.deepEqual(wakeUpTimes.plan([limited, free], 2_001).ready, []);
});

test("a worker that becomes busy announces the delayed jobs that are due soon, and only those", () => {
  const [soon, later] = [lane("soon"), lane("later")];
  const wakeUpTimes = new WakeUpTimes();
  wakeUpTimes.at(soon, 1_500);
  wakeUpTimes.at(later, 60_000);
  assert.deepEqual(wakeUpTimes.removeDueSoon(1_000), [{ key: "bull:soon:marker", member: "1", score: 1_500 }]);
  assert.deepEqual(wakeUpTimes.removeDueSoon(1_000), []);
  assert.equal(wakeUpTimes.plan([soon, later], 1_000).waitMs, 10_000);
});

test("a queue that is gone from the list wakes no worker", () => {
  const gone = lane("gone");
  const wakeUpTimes = new WakeUpTimes();
  wakeUpTimes.at(gone, 1_500);
  wakeUpTimes.keepOnly([]);
  assert.deepEqual(wakeUpTimes.removeDueSoon(1_000), []);
});
