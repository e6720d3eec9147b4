import assert from "node:assert/strict";
import { test } from "node:test";
import { type Lifetime, notice } from "../../chaos/account/census.ts";

const worker = { pid: 7, title: "forker worker", startedAt: "100" };

test("a lifetime ends when its process is no longer seen", () => {
  const known = new Map<string, Lifetime>();
  notice(known, 1, [worker], 0);
  notice(known, 1, [worker], 50);
  notice(known, 1, [], 100);
  const { firstMs, lastMs, goneMs } = known.get("1:7") as Lifetime;
  assert.deepEqual([firstMs, lastMs, goneMs], [0, 50, 100]);
});

test("a process that was overlooked once was alive all the time", () => {
  const known = new Map<string, Lifetime>();
  notice(known, 1, [worker], 0);
  notice(known, 1, [], 50);
  notice(known, 1, [worker], 100);
  notice(known, 1, [], 150);
  const { firstMs, lastMs, goneMs } = known.get("1:7") as Lifetime;
  assert.deepEqual([firstMs, lastMs, goneMs], [0, 100, 150]);
});

test("a process that has the pid of an earlier one is another process", () => {
  const known = new Map<string, Lifetime>();
  notice(known, 1, [worker], 0);
  notice(known, 1, [{ ...worker, startedAt: "200" }], 50);
  assert.equal(known.get("1:7")?.firstMs, 50);
});
