import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseTimeLimits, timeLimitOf } from "../../../src/config/time-limits.ts";

function limits(text: string) {
  const parsed = parseTimeLimits(text);
  assert.ok(typeof parsed !== "string", JSON.stringify(parsed));
  return parsed;
}

describe("time limits", () => {
  test("are given by queue, soft and hard, separated by semicolons or newlines", () => {
    assert.deepEqual(limits(" import 5m/6m ;\nmail-* 30s\n;* 1h/1h"), [
      { pattern: "import", softMs: 300_000, hardMs: 360_000 },
      { pattern: "mail-*", softMs: 30_000, hardMs: undefined },
      { pattern: "*", softMs: 3_600_000, hardMs: 3_600_000 },
    ]);
  });

  const wrong: [text: string, why: RegExp][] = [
    ["import", /\\"import\\", which is not a queue and its time/],
    ["import 5m 6m", /which is not a queue and its time/],
    ["import soon", /\\"soon\\" for import; write 30s or 5m\/6m/],
    ["import 5m/6m/7m", /for import; write 30s or 5m\/6m/],
    ["import 50ms", /from 100ms/],
    ["import 25h", /to 24h/],
    ["import 6m/5m", /for import a hard limit of 5m, which is before the soft one, 6m/],
    [" ; ", /no queue/],
    ["import 1m; import 2m", /import twice/],
  ];
  for (const [text, why] of wrong) {
    test(`cannot be ${JSON.stringify(text)}`, () => assert.match(JSON.stringify(parseTimeLimits(text)), why));
  }

  test("are taken from the queue's own name first, then from the most specific glob", () => {
    const all = limits("* 1h; mail-* 1m; mail-urgent 1s");
    assert.equal(timeLimitOf(all, "mail-urgent")?.softMs, 1_000);
    assert.equal(timeLimitOf(all, "mail-bulk")?.softMs, 60_000);
    assert.equal(timeLimitOf(all, "import")?.softMs, 3_600_000);
    assert.equal(timeLimitOf(limits("mail-* 1m"), "import"), undefined);
  });
});
