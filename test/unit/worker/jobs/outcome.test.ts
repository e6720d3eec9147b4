import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errorOf } from "../../../../src/bull/worker/error-of.ts";
import { isMissingLock, moveSaid, unmovedError } from "../../../../src/worker/jobs/outcome.ts";

const refuses = () => {
  throw new Error("a trap");
};

describe("what a processor threw", () => {
  test("is unchanged if it can be read", () => {
    const error = new TypeError("as it is");
    assert.equal(errorOf(error), error);
    const like = { name: "DelayedError", message: "moved" };
    assert.equal(errorOf(like), like);
  });

  test("is described if it is not an error", () => {
    const messages = ["text", 7, undefined, null, Symbol("x"), { code: 3 }].map((thrown) => errorOf(thrown).message);
    assert.deepEqual(messages, ["text", "7", "undefined", "null", "Symbol(x)", "[object Object]"]);
  });

  test("is described if it cannot be read", () => {
    const bare: unknown = Object.assign(Object.create(null), { code: 3 });
    const deaf = new Proxy({}, { get: refuses, has: refuses, getPrototypeOf: refuses });
    const getter = Object.defineProperty(new Error("hidden"), "message", { get: refuses });
    for (const thrown of [bare, deaf, getter]) {
      const error = errorOf(thrown);
      assert.ok(error instanceof Error);
      assert.equal(typeof error.message, "string");
    }
    assert.match(errorOf(bare).message, /code: 3/);
  });
});

test("a missing lock counts only if BullMQ refused for it, and for this job", () => {
  const refused = (message: string, code: unknown) => Object.assign(new Error(message), { code });
  assert.equal(isMissingLock(refused("Missing lock for job 1. moveToDelayed", -2), "1"), true);
  assert.equal(isMissingLock(refused("Lock mismatch for job 1. Cmd moveToDelayed from active", -6), "1"), true);
  assert.equal(isMissingLock(refused("Missing lock for job 12. moveToDelayed", -2), "1"), false);
  assert.equal(isMissingLock(refused("Missing key for job 1. moveToDelayed", -1), "1"), false);
  assert.equal(isMissingLock(refused("a library's own", -2), "1"), false);
  assert.equal(isMissingLock(new Error("Missing lock for job 1. moveToDelayed"), "1"), false);
});

test("a processor that did not move its job is told which step it left out, and a rate limit is left to BullMQ", () => {
  const control = (name: string) => Object.assign(new Error(name), { name });
  assert.equal(moveSaid(control("WaitingChildrenError")), "moveToWaitingChildren");
  const { message } = unmovedError(control("WaitingChildrenError"));
  assert.match(message, /did not move the job: expected `await job\.moveToWaitingChildren\(…\)` to succeed/);
  assert.equal(moveSaid(control("RateLimitError")), undefined);
  assert.equal(moveSaid(new Error("DelayedError")), undefined);
});
