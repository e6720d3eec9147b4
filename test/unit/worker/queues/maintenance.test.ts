import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import { Maintenance } from "../../../../src/worker/queues/maintenance.ts";

interface Nature {
  readonly stalledAfterMs?: number;
  readonly lookAfterOwn?: () => Promise<void>;
}

function start(t: TestContext, restore: () => Promise<Set<string>>, nature: Nature = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const failures: string[] = [];
  const looked: string[] = [];
  const checkStalled = async () => void looked.push("stalled");
  const lane = { keys: { active: "active" }, checkStalled } as unknown as Lane;
  const maintenance = new Maintenance({
    markers: { restore },
    options: { stalledAfterMs: nature.stalledAfterMs ?? 0 },
    stalledEveryMs: 30_000,
    lanes: () => [lane],
    connected: () => true,
    taking: () => true,
    lookAfterOwn: async () => {
      looked.push("undelivered");
      await nature.lookAfterOwn?.();
    },
    failed: (error) => failures.push((error as Error).message),
  });
  t.after(() => maintenance.close());
  return { maintenance, failures, looked };
}

test("a look that Redis never answers is reported, and is not the last", async (t) => {
  let asked = 0;
  const { maintenance, failures, looked } = start(t, () => {
    asked++;
    return asked === 1 ? new Promise(() => {}) : Promise.resolve(new Set());
  });
  const hung = maintenance.now();
  const next = maintenance.now();
  // Runs the promises that come before the timeout.
  for (let i = 0; i < 10; i++) await Promise.resolve();
  t.mock.timers.tick(10_000);
  await hung;
  await next;
  assert.deepEqual(failures, ["no reply of Redis to maintenance within 10 s"]);
  assert.deepEqual(looked, ["undelivered"]);
});

const busy = () => Promise.resolve(new Set(["active"]));

test("a worker looks for stalled jobs from the given time on", async (t) => {
  const soon = start(t, busy, { stalledAfterMs: 60_000 });
  await soon.maintenance.now();
  assert.deepEqual(soon.looked, ["undelivered"]);
  t.mock.timers.reset();
  const due = start(t, busy);
  await due.maintenance.now();
  assert.deepEqual(due.looked, ["undelivered", "stalled"]);
});

test("a worker does not look for stalled jobs after an outage before the other workers can be back", async (t) => {
  t.mock.method(performance, "now", () => 1_000_000);
  const { maintenance, looked } = start(t, busy);
  await maintenance.reconnected();
  assert.deepEqual(looked, ["undelivered"]);
  t.mock.method(performance, "now", () => 1_004_999);
  await maintenance.now();
  assert.deepEqual(looked, ["undelivered", "undelivered"]);
  t.mock.method(performance, "now", () => 1_005_000);
  await maintenance.now();
  assert.deepEqual(looked, ["undelivered", "undelivered", "undelivered", "stalled"]);
});

test("a refused look for undelivered jobs is reported, and stalled jobs are looked for all the same", async (t) => {
  const { maintenance, looked, failures } = start(t, busy, { lookAfterOwn: () => Promise.reject(new Error("no")) });
  await maintenance.now();
  assert.deepEqual([looked, failures], [["undelivered", "stalled"], ["no"]]);
});
