import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeldJob } from "../../../../src/worker/jobs/held-job.ts";
import { titleOf } from "../../../../src/worker/report/title.ts";

const worker = { slot: 1, generation: 3, patterns: ["import", "export"], connected: true };

function held(queue: string, id: string): HeldJob {
  return { lane: { queue }, job: { id }, startedAt: new Date(2026, 10, 23, 12, 1, 7).getTime() } as unknown as HeldJob;
}

test("the title of a worker without jobs shows its mode", () => {
  assert.equal(titleOf({ ...worker, mode: "taking", held: [] }), "forker worker 1 gen 3 [import,export] taking");
});

test("the title of a worker that would take jobs shows what keeps it from that", () => {
  const title = titleOf({ ...worker, connected: false, mode: "taking", held: [] });
  assert.equal(title, "forker worker 1 gen 3 [import,export] waiting for Redis");
});

test("the title of a worker with jobs shows the oldest, since when, and how many more there are", () => {
  const jobs = [held("import", "991"), held("export", "7")];
  assert.equal(
    titleOf({ ...worker, mode: "taking", held: jobs.slice(0, 1) }),
    "forker worker 1 gen 3 [import,export] processing import:991 since 12:01:07",
  );
  assert.equal(
    titleOf({ ...worker, mode: "draining", held: jobs }),
    "forker worker 1 gen 3 [import,export] draining, processing import:991 since 12:01:07 and 1 more",
  );
});
