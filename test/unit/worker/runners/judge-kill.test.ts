import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { Bull } from "../../../../src/bull/library/load-bull.ts";
import type { HeldJob } from "../../../../src/worker/jobs/held-job.ts";
import { killJudge } from "../../../../src/worker/runners/judge-kill.ts";

class UnrecoverableError extends Error {}

test("a job whose process was killed no longer runs while Redis does not count the death", async () => {
  const counted = Promise.withResolvers<number>();
  const finishing: HeldJob[] = [];
  const judge = killJudge({
    bull: { api: { UnrecoverableError } } as unknown as Bull,
    application: { optionsFor: () => ({}) },
    locks: { countDeath: () => counted.promise },
    held: { finishing: (one) => finishing.push(one) },
    log: pino({ level: "silent" }),
  });
  const held = { lane: { queue: "jobs", keys: {} }, job: { id: "one" } } as unknown as HeldJob;
  const judged = judge(held, "signal 9 (SIGKILL)");
  assert.deepEqual(finishing, [held]);
  counted.resolve(3);
  assert.equal((await judged)?.message, "signal 9 (SIGKILL); 3 processes died with this job");
});
