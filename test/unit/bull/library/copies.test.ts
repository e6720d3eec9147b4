import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { describeCopies } from "../../../../src/bull/library/copies.ts";
import { loadBull, useBull } from "../../../../src/bull/library/load-bull.ts";

const require = createRequire(import.meta.url);

test("copies of BullMQ in one process are described, with their versions and places", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-copies-"));
  try {
    const app = path.join(folder, "workers.cjs");
    writeFileSync(app, "");
    const bull = await loadBull(require.resolve("../../../../package.json"));
    assert.equal(describeCopies(bull, app), undefined);

    // A bundle is found by the text of BullMQ in it.
    writeFileSync(app, `/* ${" ".repeat(100_000)} */ const text = "bullmq:rateLimitExceeded";`);
    assert.match(
      describeCopies(bull, app) ?? "",
      new RegExp(`^2 copies of BullMQ .* loaded one inside ${app}: remove one`),
    );
    const { Worker, ...rest } = bull.api;
    const given = await useBull({ ...rest, Worker: class AppWorker extends Worker {} }, app);
    assert.doesNotMatch(describeCopies(given, app) ?? "", /one inside/);

    // A second package, as a dependency of the application may have one.
    writeFileSync(app, "");
    const second = path.join(folder, "node_modules/bullmq");
    mkdirSync(path.join(second, "dist/cjs/classes"), { recursive: true });
    const manifest = { name: "bullmq", version: "5.3.0", main: "./dist/cjs/index.js" };
    writeFileSync(path.join(second, "package.json"), JSON.stringify(manifest));
    writeFileSync(path.join(second, "dist/cjs/index.js"), 'exports.Worker = require("./classes/worker.js").Worker;');
    writeFileSync(path.join(second, "dist/cjs/classes/worker.js"), "exports.Worker = class Worker {};");
    createRequire(app)("bullmq");
    const text = describeCopies(bull, app) ?? "";
    assert.match(text, /^2 copies of BullMQ in one process: forker uses 6\.\d+\.\d+ in /);
    assert.ok(text.includes(`loaded 5.3.0 in ${path.join(second, "dist/cjs/index.js")}: remove one`), text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
