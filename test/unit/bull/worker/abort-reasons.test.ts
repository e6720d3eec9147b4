import assert from "node:assert/strict";
import { test } from "node:test";
import {
  JobLockLostError,
  JobStoppedError,
  JobTimeoutError,
  WorkerStoppedError,
} from "../../../../src/bull/worker/abort-reasons.ts";

test("an application tells the reasons of an AbortSignal by name and by code", () => {
  const reasons = [
    new JobStoppedError(),
    new JobTimeoutError("late"),
    new WorkerStoppedError(),
    new JobLockLostError(),
  ];
  assert.deepEqual(
    reasons.map(({ name, code }) => [name, code]),
    [
      ["JobStoppedError", "ERR_FORKER_JOB_STOPPED"],
      ["JobTimeoutError", "ERR_FORKER_JOB_TIMEOUT"],
      ["WorkerStoppedError", "ERR_FORKER_WORKER_STOPPED"],
      ["JobLockLostError", "ERR_FORKER_JOB_LOCK_LOST"],
    ],
  );
});
