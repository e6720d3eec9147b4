import assert from "node:assert/strict";
import { test } from "node:test";
import { bestOf } from "../../../../src/bull/wait/marker-order.ts";

const keys = ["high", "middle", "low"];
const marker = (key: string, score = 0) => ({ key, member: score === 0 ? "0" : "1", score });

test("the highest queue that is due wins, or the highest of all when none is due", () => {
  assert.equal(bestOf([], keys, 100), undefined);
  assert.equal(bestOf([marker("low"), marker("middle")], keys, 100)?.key, "middle");
  assert.equal(bestOf([marker("high", 101), marker("low"), marker("middle", 100)], keys, 100)?.key, "middle");
  assert.equal(bestOf([marker("low", 101), marker("middle", 500)], keys, 100)?.key, "middle");
});
