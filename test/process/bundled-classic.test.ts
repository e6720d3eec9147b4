// examples/classic as a bundle that contains BullMQ and ioredis, on a machine without packages: the same file does the same under
// `node` and under `forker`.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";
import { assertSameAccounts } from "../support/accounts.ts";
import { bundleApplication } from "../support/bundle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const modules = path.join(root, "node_modules");
const temporary = mkdtempSync(path.join(tmpdir(), "forker-bundled-"));
after(() => rmSync(temporary, { recursive: true }));

/** A copy of the example, bundled with this BullMQ and the ioredis that belongs to it. */
async function bundledWith(bull: string, file: string, options: BuildOptions): Promise<string> {
  const folder = mkdtempSync(path.join(temporary, "app-"));
  cpSync(path.join(root, "examples/classic"), folder, { recursive: true });
  const own = path.join(modules, bull, "node_modules/ioredis");
  rmSync(path.join(folder, "node_modules"), { recursive: true, force: true });
  mkdirSync(path.join(folder, "node_modules"));
  symlinkSync(path.join(modules, bull), path.join(folder, "node_modules/bullmq"));
  symlinkSync(existsSync(own) ? own : path.join(modules, "ioredis"), path.join(folder, "node_modules/ioredis"));
  await bundleApplication(folder, "worker.js", file, options);
  return folder;
}

const bundles: readonly (readonly [string, string, string, BuildOptions])[] = [
  ["CommonJS with BullMQ 6", "bullmq", "app.cjs", {}],
  ["minified CommonJS with BullMQ 5", "bullmq-5", "app.cjs", { minify: true }],
  ["an ES module with BullMQ 5, which keeps names", "bullmq-5", "app.mjs", { minify: true, keepNames: true }],
  ["a minified ES module with BullMQ 6", "bullmq", "app.mjs", { minify: true }],
];

describe("examples/classic as a bundle", { concurrency: 1 }, () => {
  for (const [what, bull, file, options] of bundles)
    test(`${what}, under node and under forker`, async () => {
      const account = await assertSameAccounts("classic", await bundledWith(bull, file, options), file);
      assert.deepEqual(account.counts["orders"], { completed: 10, failed: 1 });
      assert.deepEqual(account.counts["thumbnails"], { completed: 4, failed: 1 });
      // BullMQ's UnrecoverableError, whose name the minifier has changed: three attempts were allowed.
      assert.deepEqual(account.events["orders o-empty"], ["active", "failed an order needs lines"]);
      assert.deepEqual(account.events["webhooks down"]?.at(-1), "dead letter after 3");
      assert.deepEqual(account.farewell, ["closing", "closed"]);
    });
});
