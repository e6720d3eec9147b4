import assert from "node:assert/strict";
import { test } from "node:test";
import { processorShareOf } from "../../../src/engine/canary/processor-share.ts";

test("the kernel says for how long a process has run, and has waited for a processor", () => {
  const share = processorShareOf(process.pid);
  assert.ok(share !== undefined && share.ranMs > 0 && share.waitedMs >= 0);
});

test("nothing is known of a process that does not exist", () => {
  assert.equal(processorShareOf(2 ** 30), undefined);
});
