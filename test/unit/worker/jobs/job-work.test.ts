import assert from "node:assert/strict";
import { test } from "node:test";
import { JobStoppedError } from "../../../../src/bull/worker/abort-reasons.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import type { HeldJob } from "../../../../src/worker/jobs/held-job.ts";
import { JobWork } from "../../../../src/worker/jobs/job-work.ts";

test("an isolated job that is stopped before it asks for a runner gets none", () => {
  let asked = 0;
  const work = new JobWork({
    application: { hooks: { has: { beforePerform: false } } },
    isolated: () => () => Promise.resolve(asked++),
  } as unknown as ConstructorParameters<typeof JobWork>[0]);
  const reason = new JobStoppedError();
  const held = { lane: { queue: "jobs" } as Lane, job: { opts: {} }, ending: { reason, outcome: "retry" } };
  assert.throws(() => work.begin(held as unknown as HeldJob), reason);
  assert.equal(asked, 0);
});
