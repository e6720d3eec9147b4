import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as bullmq from "bullmq";
import { describeThrown, thrownError } from "../../../../src/bull/worker/thrown-error.ts";

const pass = (thrown: unknown): Error =>
  thrownError(bullmq, JSON.parse(JSON.stringify(describeThrown(bullmq, thrown))));

describe("an error that passes from a runner to its worker", () => {
  test("keeps its name, message, stack, cause and JSON properties", () => {
    class OwnError extends Error {
      override name = "OwnError";
      code = "E_OWN";
      circular: unknown = undefined;
    }
    const error = new OwnError("as asked", { cause: new TypeError("inner") });
    const passed = pass(error);
    assert.deepEqual([passed.name, passed.message, passed.stack], ["OwnError", "as asked", error.stack]);
    assert.equal((passed as OwnError).code, "E_OWN");
    assert.ok(passed.cause instanceof TypeError);
    error.circular = error;
    assert.equal(pass(error).message, "as asked");
  });

  const { DelayedError, RateLimitError, UnrecoverableError, WaitingChildrenError, WaitingError } = bullmq;
  for (const Kind of [DelayedError, RateLimitError, UnrecoverableError, WaitingChildrenError, WaitingError])
    test(`is BullMQ's ${Kind.name} again`, () => {
      assert.ok(pass(new Kind()) instanceof Kind);
    });

  test("stays final if its class extends UnrecoverableError", () => {
    class Never extends bullmq.UnrecoverableError {
      override name = "Never";
    }
    const passed = pass(new Never("no"));
    assert.ok(passed instanceof bullmq.UnrecoverableError);
    assert.equal(passed.name, "Never");
  });

  test("can be anything that was thrown", () => {
    assert.equal(pass("text").message, "text");
    assert.equal(pass(undefined).message, "undefined");
    assert.equal(pass({ message: 5 }).message, "5");
  });
});
