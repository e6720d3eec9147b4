import assert from "node:assert/strict";
import type { Account } from "../../examples/compare/run.mjs";

/** What examples/nest does, under whatever runs it. */
export function assertNestAccount(account: Account): void {
  assert.deepEqual(account.counts, {
    checkout: { completed: 12 },
    orders: { completed: 10, failed: 2 },
    payments: { completed: 11, failed: 1 },
    mail: { completed: 11, failed: 1 },
    reports: { completed: 3 },
  });
  assert.deepEqual(account.events["orders ship-1"], ["active", "progress 50", 'completed {"shipped":1,"after":2}']);
  assert.deepEqual(account.events["payments charge-4"], ["failed the bank is busy", 'completed {"charged":20004}']);
  assert.deepEqual(account.events["payments charge-5"], [
    "failed order 5 has nothing to charge",
    "dead letter after 1",
  ]);
  assert.deepEqual(account.jobs["reports r3"]?.result, { title: "Orders (r3)", shipped: 10, refused: 1, paid: 1 });
  // Each job has a context of its own.
  for (const number of [1, 2, 3]) assert.deepEqual(account.events[`reports r${number}`], [`made in context ${number}`]);
  assert.equal(account.everywhere.filter((what) => what.startsWith("completed ")).length, 10);
  // Five a second.
  assert.ok(account.limiter.spanMs > 1_900, JSON.stringify(account.limiter));
  assert.deepEqual(account.farewell, ["onModuleDestroy", "onApplicationShutdown SIGTERM"]);
}
