// examples/classic, which knows nothing of forker: the same file does the same under `node` and under `forker`, with both major
// versions of BullMQ.
//
// Compared is what BullMQ promises, and what two runs of plain `node` therefore have in common: the counts, what is stored of each
// job, and the order of each job's own events, which its Worker emits one after the other. Several jobs run at a time, so the order
// of the events of different jobs, the moment of each, and how far the rate stays below the limit are different in each run.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertSameAccounts } from "../support/accounts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const temporary = mkdtempSync(path.join(tmpdir(), "forker-classic-"));
after(() => rmSync(temporary, { recursive: true }));

/** A copy of the example that has installed this BullMQ, and the ioredis that belongs to it. */
function copyWith(bull: string): string {
  const folder = path.join(temporary, bull);
  cpSync(path.join(root, "examples/classic"), folder, { recursive: true });
  rmSync(path.join(folder, "node_modules"), { recursive: true, force: true });
  const modules = path.join(root, "node_modules");
  const own = path.join(modules, bull, "node_modules/ioredis");
  cpSync(path.join(root, "package.json"), path.join(folder, "node_modules/package.json"));
  symlinkSync(path.join(modules, bull), path.join(folder, "node_modules/bullmq"));
  symlinkSync(existsSync(own) ? own : path.join(modules, "ioredis"), path.join(folder, "node_modules/ioredis"));
  return folder;
}

describe("examples/classic", { concurrency: 1 }, () => {
  for (const bull of ["bullmq", "bullmq-5"]) {
    test(`with ${bull}, under node and under forker`, async () => {
      const account = await assertSameAccounts("classic", copyWith(bull));
      assert.deepEqual(account.counts["orders"], { completed: 10, failed: 1 });
      assert.deepEqual(account.counts["mail"], { completed: 12, failed: 1 });
      assert.deepEqual(account.counts["webhooks"], { completed: 3, failed: 1 });
      assert.deepEqual(account.counts["thumbnails"], { completed: 4, failed: 1 });
      assert.deepEqual(account.events["orders o1"], ["active", "progress 50", "progress 100", 'completed {"total":3}']);
      assert.deepEqual(account.events["orders o-empty"], ["active", "failed an order needs lines"]);
      assert.deepEqual(account.events["webhooks down"], [
        ...Array.from({ length: 3 }, () => ["active", "failed https://down.example answered 503"]).flat(),
        "dead letter after 3",
      ]);
      assert.equal(account.jobs["webhooks slow"]?.attempts, 3);
      assert.equal(account.jobs["thumbnails p-torn"]?.reason, "torn is not a picture");
      assert.deepEqual(account.metrics, { orders: true });
      // Twelve mails, five a second.
      assert.deepEqual([account.limiter.jobs, account.limiter.leastSpanMs], [12, 2_000]);
      assert.equal(account.exit, 0);
      assert.deepEqual(account.farewell, ["closing", "closed"]);
    });
  }
});
