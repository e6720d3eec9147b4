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
  const traits = { drainDelayMs: 5_000, stalledIntervalMs: 30_000, maintenanceMs: 5_000 };
  const lane = { keys: { active: "active" }, traits, checkStalled } as unknown as Lane;
  const maintenance = new Maintenance({
    markers: { restore },
    options: { stalledAfterMs: nature.stalledAfterMs ?? 0 },
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
  await passSeconds(t, 10);
  await hung;
  await next;
  assert.deepEqual(failures, ["no reply from Redis to maintenance within 10 s"]);
  assert.deepEqual(looked, ["undelivered"]);
});

test("a look that waits for its replies while the event loop is blocked is not given up", async (t) => {
  let answer: (active: Set<string>) => void = () => undefined;
  const { maintenance, failures, looked } = start(t, () => new Promise((resolve) => (answer = resolve)));
  const look = maintenance.now();
  await passSeconds(t, 8);
  t.mock.timers.tick(60_000);
  await passSeconds(t, 0.5);
  answer(new Set());
  await look;
  assert.deepEqual([failures, looked], [[], ["undelivered"]]);
});

test("the next look after one that a reconnect caused comes when its queues are due again", async (t) => {
  t.mock.method(Math, "random", () => 0.5);
  let nowMs = 0;
  t.mock.method(performance, "now", () => nowMs);
  const looksAtMs: number[] = [];
  const { maintenance } = start(t, async () => {
    looksAtMs.push(nowMs);
    return new Set();
  });
  for (; nowMs < 13_000; nowMs += 500, t.mock.timers.tick(500)) {
    if (nowMs === 2_000) await maintenance.reconnected();
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
  assert.deepEqual(looksAtMs.slice(-3), [2_000, 7_000, 12_000]);
});

/** The event loop turns meanwhile. */
async function passSeconds(t: TestContext, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 0.5) {
    t.mock.timers.tick(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const busy = () => Promise.resolve(new Set(["active"]));

test("a worker whose look was refused does not look for stalled jobs until the others have taken their locks again", async (t) => {
  let isRefused = true;
  const restore = () => (isRefused ? Promise.reject(new Error("OOM")) : busy());
  const { maintenance, failures, looked } = start(t, restore);
  await maintenance.now();
  isRefused = false;
  await maintenance.now();
  assert.deepEqual(failures, ["OOM"]);
  assert.deepEqual(looked, ["undelivered"]);
});

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

test("each lane is looked after as often as its options say", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 1_000_000;
  t.mock.method(performance, "now", () => now);
  t.mock.method(Math, "random", () => 0.5);
  const looked: string[] = [];
  const laneOf = (name: string, drainDelayMs: number, stalledIntervalMs: number | undefined): Lane => {
    const traits = {
      drainDelayMs,
      stalledIntervalMs,
      maintenanceMs: Math.min(drainDelayMs, stalledIntervalMs ?? 5_000),
    };
    return { keys: { active: name }, traits, checkStalled: async () => void looked.push(name) } as unknown as Lane;
  };
  const lanes = [laneOf("often", 5_000, 1_000), laneOf("rarely", 60_000, 30_000), laneOf("never", 5_000, undefined)];
  const restored: string[] = [];
  const maintenance = new Maintenance({
    markers: {
      restore: async (keys) => {
        restored.push(...keys.map(({ active }) => active));
        return new Set(["often", "rarely", "never"]);
      },
    },
    options: { stalledAfterMs: 0 },
    lanes: () => lanes,
    connected: () => true,
    taking: () => true,
    lookAfterOwn: async () => {},
    failed: (error) => assert.fail(String(error)),
  });
  t.after(() => maintenance.close());
  for (let second = 0; second <= 5; second++) {
    t.mock.timers.tick(second === 0 ? 0 : 1_000);
    for (let i = 0; i < 50; i++) await Promise.resolve();
    now += 1_000;
  }
  assert.equal(looked.filter((name) => name === "often").length, 6);
  assert.equal(looked.filter((name) => name === "rarely").length, 1);
  assert.ok(!looked.includes("never"));
  assert.equal(restored.filter((name) => name === "rarely").length, 1);
  assert.equal(restored.filter((name) => name === "never").length, 2);
});
