import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { loadBull } from "../../../../src/bull/library/load-bull.ts";
import { ForkerError } from "../../../../src/exit/forker-error.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "forker-app-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** An application whose node_modules has a package of this version. */
function application(name: string, version?: string): string {
  const app = path.join(folder, name);
  mkdirSync(path.join(app, "node_modules/bullmq"), { recursive: true });
  writeFileSync(path.join(app, "workers.mjs"), "");
  if (version !== undefined) {
    writeFileSync(
      path.join(app, "node_modules/bullmq/package.json"),
      JSON.stringify({ name: "bullmq", version, main: "index.js" }),
    );
    writeFileSync(path.join(app, "node_modules/bullmq/index.js"), "exports.Worker = class AppWorker {};");
  }
  return path.join(app, "workers.mjs");
}

test("the application's own copy is used, once", async () => {
  const app = application("own", "6.3.0");
  const bull = await loadBull(app);
  assert.equal(bull.origin, "app");
  assert.equal(bull.version, "6.3.0");
  assert.equal(bull.api.Worker.name, "AppWorker");
  assert.equal(await loadBull(app), bull);
});

test("an application without one gets ours", async () => {
  const bull = await loadBull(application("none"));
  assert.equal(bull.origin, "bundle");
  assert.equal(typeof bull.api.Worker, "function");
  assert.equal(typeof bull.Redis, "function");
});

test("a version that is too old is refused in one line that says what to do", async () => {
  await assert.rejects(loadBull(application("old", "5.80.0")), (error: unknown) => {
    assert.ok(error instanceof ForkerError);
    assert.equal(error.exit, "badConfig");
    assert.match(error.message, /^bullmq: expected version 5\.81 or newer, got 5\.80\.0 .*npm install bullmq@latest$/);
    return true;
  });
});
