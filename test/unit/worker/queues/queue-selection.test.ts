import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { Application } from "../../../../src/app/application.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import { nextLookMs, QueueSelection } from "../../../../src/worker/queues/queue-selection.ts";

const anHourMs = 3_600_000;

test("a worker looks for queues at every interval, less often if a look is long, and soon after an outage", () => {
  assert.equal(nextLookMs(5_000, 3, anHourMs), 5_000);
  assert.equal(nextLookMs(5_000, 500, anHourMs), 10_000);
  assert.equal(nextLookMs(5_000, 600_000, anHourMs), 60_000);
});

test("a worker that has just started looks more often, unless a look is long, and never more often than requested", () => {
  assert.equal(nextLookMs(5_000, 3, 0), 250);
  assert.equal(nextLookMs(5_000, 3, 2_000), 2_000);
  assert.equal(nextLookMs(5_000, 3, 5_000), 5_000);
  assert.equal(nextLookMs(5_000, 100, 0), 2_000);
  assert.equal(nextLookMs(100, 3, 0), 100);
});

test("a worker looks five times more in its first ten seconds than it will later", () => {
  let looks = 0;
  for (let ageMs = 0; ageMs < 10_000; ageMs += nextLookMs(5_000, 0, ageMs)) looks++;
  assert.equal(looks, 7);
});

test("a queue of the workload without a processor is logged once, and not when its Worker is closed", () => {
  const open = new Set(["mail"]);
  const lines: string[] = [];
  const write = (line: string) => lines.push((JSON.parse(line) as { queue: string }).queue);
  const application = {
    path: "/app/main.mjs",
    processorFor: (queue: string) => (open.has(queue) ? async () => {} : undefined),
  } as unknown as Application;
  const taken: number[] = [];
  const selection = new QueueSelection({
    patterns: ["mail", "late"],
    application,
    log: pino({ base: null }, { write }),
    discover: undefined,
    makeLane: () => ({}) as Lane,
    changed: (lanes) => taken.push(lanes.length),
    failed: (error) => assert.fail(String(error)),
  });
  selection.start();
  open.delete("mail");
  selection.workersChanged();
  selection.workersChanged();
  assert.deepEqual(taken, [1, 0]);
  assert.deepEqual(lines, ["late"]);
});
