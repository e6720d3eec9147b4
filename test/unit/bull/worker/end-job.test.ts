import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Bull } from "../../../../src/bull/library/load-bull.ts";
import { type EndParts, writeUnwrittenEnd } from "../../../../src/bull/worker/end-job.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";

class UnrecoverableError extends Error {}

/** Writes the result of a job that Redis, or BullMQ, refuses to complete. Returns the error that the job then fails with. */
async function failedWith(cause: Error): Promise<Error> {
  const errors: Error[] = [];
  const job = {
    id: "1",
    opts: { attempts: 2 },
    attemptsStarted: 1,
    attemptsMade: 0,
    moveToCompleted: () => Promise.reject(cause),
    moveToFailed: (error: Error) => Promise.resolve(errors.push(error)),
  };
  const lane = { queue: "queue", traits: {}, find: () => Promise.resolve(job) } as unknown as Lane;
  const parts = { bull: { api: { UnrecoverableError } } as unknown as Bull } as EndParts;
  const end = {
    outcome: "unwritten",
    queue: "queue",
    id: "1",
    starts: 1,
    ends: 0,
    stacks: 0,
    result: '"done"',
  } as const;
  const report = await writeUnwrittenEnd(parts, lane, { id: "1", token: "token" }, end);
  const [error] = errors;
  assert.ok(error);
  assert.equal(report?.failure?.message, cause.message);
  return error;
}

describe("a result that a worker has passed on, and that cannot be written", () => {
  test("fails the job for good if Redis is the cause: the job has returned, and must not run again", async () => {
    const message = "ERR user_script:9: attempt to index a nil value";
    const cause = Object.assign(new Error(message), { name: "ReplyError" });
    const error = await failedWith(cause);
    assert.ok(error instanceof UnrecoverableError);
    assert.deepEqual([error.message, error.stack], [message, cause.stack]);
  });

  test("fails this attempt if BullMQ is, as for a job that has children to wait for", async () => {
    const cause = Object.assign(new Error("has pending dependencies"), { code: -4 });
    assert.equal(await failedWith(cause), cause);
  });
});
