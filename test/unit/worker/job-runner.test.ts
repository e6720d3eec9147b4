import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { Application } from "../../../src/app/application.ts";
import type { BullJob, Lane } from "../../../src/bull/lane.ts";
import type { Bull } from "../../../src/bull/load-bull.ts";
import type { Markers } from "../../../src/bull/markers.ts";
import { HeldJobs } from "../../../src/worker/held-jobs.ts";
import { JobRunner } from "../../../src/worker/job-runner.ts";

/** With a real Redis the order shows only if a renewal falls between two commands. */
test("a job that is handed back is let go first: BullMQ would complain of a lock that it cannot renew", async () => {
  const calls: string[] = [];
  const lane = {
    queue: "queue",
    keys: { marker: "queue:marker" },
    letGo: (id: string) => calls.push(`let go ${id}`),
  } as unknown as Lane;
  const job = {
    id: "1",
    priority: 0,
    moveToWait: () => Promise.resolve(calls.push("move to wait")),
  } as unknown as BullJob;
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const runner = new JobRunner({
    bull: {} as Bull,
    application: {} as Application,
    markers: {} as Markers,
    held,
    log: pino({ enabled: false }),
    regain: () => Promise.resolve(true),
    regained: () => undefined,
    beforeFinish: () => undefined,
  });
  await runner.handBackUnstarted(lane, job, "token");
  assert.deepEqual(calls, ["let go 1", "move to wait"]);
  assert.deepEqual(held.handedBack, [{ queue: "queue", id: "1" }]);
});
