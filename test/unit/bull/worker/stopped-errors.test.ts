import assert from "node:assert/strict";
import { test } from "node:test";
import { JobStoppedError, WorkerStoppedError } from "../../../../src/bull/worker/stopped-errors.ts";

test("the reasons are told apart by class and by code, across copies of the classes", () => {
  const stopped = new JobStoppedError();
  assert.ok(stopped instanceof JobStoppedError);
  assert.ok(!(stopped instanceof WorkerStoppedError));
  assert.ok(new WorkerStoppedError() instanceof WorkerStoppedError);
  const fromAnotherBundle = Object.assign(new Error("stopped"), { code: "ERR_FORKER_JOB_STOPPED" });
  assert.ok(fromAnotherBundle instanceof JobStoppedError);
  assert.ok(!(new Error("other") instanceof JobStoppedError));
});
