// What examples/compare takes for a difference between `node` and `forker`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { differencesOf, reportOf } from "../../examples/compare/report.mjs";
import type { Account } from "../../examples/compare/run.mjs";

const plain: Account = {
  counts: { mail: { completed: 2 } },
  jobs: { "mail 1": { state: "completed", attempts: 1, result: "sent" } },
  events: { "mail 1": ["active", "completed sent"] },
  everywhere: ["completed 1"],
  metrics: { mail: true },
  limiter: { jobs: 10, spanMs: 1010, leastSpanMs: 1000, bySecond: [5, 5] },
  exit: "SIGTERM",
  farewell: ["closed"],
};

test("accounts that differ in their exit codes, and in how far they stay below the limit, are the same", () => {
  const ours = { ...plain, exit: 0, limiter: { jobs: 10, spanMs: 9000, leastSpanMs: 1000, bySecond: [5, 4, 1] } };
  assert.deepEqual(differencesOf(plain, ours), []);
  assert.match(
    reportOf(["node", "forker"], [plain, ours]),
    /^\| events \| 1 jobs, 2 events \| 1 jobs, 2 events \| yes \|$/m,
  );
});

for (const [name, change] of [
  ["counts", { counts: { mail: { completed: 1, failed: 1 } } }],
  ["jobs", { jobs: { "mail 1": { state: "completed", attempts: 2, result: "sent" } } }],
  ["events", { events: { "mail 1": ["completed sent", "active"] } }],
  ["everywhere", { everywhere: [] }],
  ["metrics", { metrics: { mail: false } }],
  ["farewell", { farewell: [] }],
  ["limiter", { limiter: { jobs: 10, spanMs: 700, leastSpanMs: 1000, bySecond: [10] } }],
] as const satisfies [string, Partial<Account>][]) {
  test(`another value of ${name} is a difference, which the report names`, () => {
    const ours: Account = { ...plain, ...change };
    assert.deepEqual(differencesOf(plain, ours), [name]);
    const report = reportOf(["node", "forker"], [plain, ours]);
    assert.match(report, new RegExp(`^\\| ${name} \\|.*\\| NO \\|$`, "m"));
    assert.match(report, new RegExp(`^${name} differs:$`, "m"));
  });
}
