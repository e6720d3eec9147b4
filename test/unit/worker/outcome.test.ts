import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errorOf } from "../../../src/worker/outcome.ts";

const refuses = () => {
  throw new Error("a trap");
};

describe("what a processor threw", () => {
  test("stays what it is where it can be read", () => {
    const error = new TypeError("as it is");
    assert.equal(errorOf(error), error);
    const like = { name: "DelayedError", message: "moved" };
    assert.equal(errorOf(like), like);
  });

  test("is described where it is no error", () => {
    const messages = ["text", 7, undefined, null, Symbol("x"), { code: 3 }].map((thrown) => errorOf(thrown).message);
    assert.deepEqual(messages, ["text", "7", "undefined", "null", "Symbol(x)", "[object Object]"]);
  });

  test("is described where it cannot be read", () => {
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
