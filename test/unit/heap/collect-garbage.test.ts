import assert from "node:assert/strict";
import { test } from "node:test";
import { cachedDataVersionTag, getHeapSpaceStatistics } from "node:v8";
import { collectAllGarbage } from "../../../src/heap/collect-garbage.ts";

const mb = 2 ** 20;
const tagAtStart = cachedDataVersionTag();

function youngBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === "new_space")?.space_size ?? Number.NaN;
}

/** Objects that survive two collections make V8 double its young generation. */
function grow(): void {
  for (let round = 0; round < 20 && youngBytes() < 8 * mb; round++) {
    Array.from({ length: 400_000 }, (_, i) => ({ i }));
  }
}

test("a young generation that grew during the load is small before the fork", () => {
  grow();
  assert.ok(youngBytes() >= 8 * mb, `grew to ${youngBytes()} bytes only`);
  collectAllGarbage();
  assert.ok(youngBytes() <= 2 * mb, `still ${youngBytes()} bytes`);
});

test("V8's flags are unchanged, so that earlier code caches are still accepted", () => {
  collectAllGarbage();
  assert.equal(cachedDataVersionTag(), tagAtStart);
});
