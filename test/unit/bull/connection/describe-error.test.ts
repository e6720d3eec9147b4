import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError, withoutArguments } from "../../../../src/bull/connection/describe-error.ts";

test("an error without a message of its own is described by the errors that it holds", () => {
  assert.equal(describeError(new Error("plain")), "plain");
  assert.equal(
    describeError(new AggregateError([new Error("connect ECONNREFUSED ::1:1")])),
    "connect ECONNREFUSED ::1:1",
  );
  const cluster = Object.assign(new Error("Failed to refresh slots cache."), { lastNodeError: new Error("WRONGPASS") });
  assert.equal(describeError(cluster), "WRONGPASS");
});

test("the arguments of a command, which may be a password, are removed from an error and from what is in it", () => {
  const refused = () => Object.assign(new Error("WRONGPASS"), { command: { name: "auth", args: ["user", "secret"] } });
  const error = Object.assign(new Error("outer", { cause: refused() }), {
    command: { name: "hello", args: ["3", "AUTH", "user", "secret"] },
    lastNodeError: refused(),
  });
  error.lastNodeError.cause = error;
  assert.equal(withoutArguments(error), error);
  assert.deepEqual(
    [error, error.cause, error.lastNodeError].map((one) => (one as typeof error).command),
    [{ name: "hello" }, { name: "auth" }, { name: "auth" }],
  );
  assert.equal(withoutArguments("text"), "text");
});
