import assert from "node:assert/strict";
import { test } from "node:test";
import { errorClasses, shareErrorClasses } from "../../../src/app/error-classes.ts";
import { JobTimeoutError } from "../../../src/bull/worker/abort-reasons.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";

const key = Symbol.for("bullmq-forker.errorClasses");

test("a process of forker shares its error classes with the copies that the application imports", (context) => {
  context.after(() => Reflect.deleteProperty(globalThis, key));
  class Older extends Error {}
  Object.assign(globalThis, { [key]: { ForkerError: Older } });
  assert.equal(errorClasses().ForkerError, Older);
  assert.equal(
    errorClasses().JobTimeoutError,
    JobTimeoutError,
    "one that an older forker does not have is this copy's own",
  );
  Reflect.deleteProperty(globalThis, key);
  assert.equal(errorClasses().ForkerError, ForkerError);
  shareErrorClasses();
  assert.equal(errorClasses().ForkerError, ForkerError);
  assert.equal(
    Object.keys(globalThis).some((name) => name.includes("forker")),
    false,
  );
});
