import assert from "node:assert/strict";
import { test } from "node:test";
import { collectAllGarbage } from "../../../src/heap/collect-garbage.ts";
import { native } from "../../../src/native/binding.ts";

const mb = 2 ** 20;

/**
 * 64 MB in pieces that malloc does not map one by one. A few are kept all over the range, so that no free memory lies at its end.
 */
function scatter(): Buffer[] {
  const pieces = Array.from({ length: 16_384 }, () => Buffer.allocUnsafeSlow(4096).fill(1));
  return pieces.filter((_, index) => index % 64 === 0);
}

test("memory that was freed between things that stay goes back to the kernel", () => {
  const kept = scatter();
  collectAllGarbage();
  const before = process.memoryUsage.rss();
  native().returnFreeMemory();
  const given = before - process.memoryUsage.rss();
  assert.ok(given > 32 * mb, `gave back ${given} bytes`);
  assert.equal(kept.length, 256);
});
