import assert from "node:assert/strict";
import { test } from "node:test";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import { answerIn, completeJob } from "../../../../src/bull/older/complete-job.ts";

const wrapped = 'Error "moveToFailed" with command';

test("Redis' answer is read out of the error that hid it", () => {
  const answer = answerIn(
    new Error(`${wrapped} moveToFinished: ReplyError: WRONGTYPE Operation against a key,`),
  ) as Error;
  assert.deepEqual([answer.name, answer.message], ["ReplyError", "WRONGTYPE Operation against a key"]);
  const aborted = answerIn(
    new Error(`${wrapped} retryJob: AbortError: Command aborted due to connection close`),
  ) as Error;
  assert.equal(aborted.name, "AbortError");
});

test("any other error stays as it is", () => {
  for (const error of [new Error("Missing lock for job 1. moveToFinished"), "text", undefined])
    assert.equal(answerIn(error), error);
});

for (const call of [[-2, "1", "moveToFinished"], [{ code: -2, jobId: "1", command: "moveToFinished" }]])
  test(`an error of a script gets the code that the script returned: ${JSON.stringify(call)}`, () => {
    const scripts = { finishedErrors: (..._call: unknown[]) => new Error("Missing lock") };
    const job = { scripts } as unknown as BullJob;
    completeJob(job, {});
    assert.equal((scripts.finishedErrors(...call) as { code?: unknown }).code, -2);
  });

test("a job gets the fields that its version does not read, and keeps those that it does", () => {
  const job = completeJob({} as BullJob, { priority: "3", stalledCounter: "1" });
  assert.deepEqual([job.priority, job.stalledCounter], [3, 1]);
  const newer = completeJob({ priority: 5, stalledCounter: 0 } as unknown as BullJob, { priority: "3", stc: "2" });
  assert.deepEqual([newer.priority, newer.stalledCounter], [5, 0]);
});
