import assert from "node:assert/strict";
import { test } from "node:test";
import { ThrottledWarnings } from "../../../src/log/throttled-warnings.ts";

test("a repeated failure is logged at most once every ten seconds, with the number of times it was left out", () => {
  const logged: unknown[] = [];
  let now = 0;
  const log = { warn: (...line: unknown[]) => logged.push(line), error: () => undefined };
  const warnings = new ThrottledWarnings(log as never, { now: () => now });
  for (; now < 10_000; now += 2_500) warnings.warn({ cause: "WRONGPASS" }, "could not renew locks");
  warnings.warn({ cause: "WRONGPASS" }, "could not renew locks");
  warnings.warn({ cause: "READONLY" }, "could not hand back");
  assert.deepEqual(logged, [
    [{ cause: "WRONGPASS" }, "could not renew locks"],
    [{ cause: "WRONGPASS", leftOut: 3 }, "could not renew locks"],
    [{ cause: "READONLY" }, "could not hand back"],
  ]);
});

test("messages of one kind count as one, whatever each says, and the caller learns whether it was logged", () => {
  const logged: unknown[] = [];
  let now = 0;
  const log = { warn: () => undefined, error: (...line: unknown[]) => logged.push(line) };
  const warnings = new ThrottledWarnings(log as never, { now: () => now });
  assert.equal(warnings.error({}, "Redis is unreachable (connection lost)", "unreachable"), true);
  assert.equal(warnings.error({}, "Redis is unreachable (ECONNREFUSED)", "unreachable"), false);
  now = 10_000;
  assert.equal(warnings.error({}, "Redis is unreachable (ECONNREFUSED)", "unreachable"), true);
  assert.deepEqual(logged, [
    [{}, "Redis is unreachable (connection lost)"],
    [{ leftOut: 1 }, "Redis is unreachable (ECONNREFUSED)"],
  ]);
});
