import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
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

const real = JSON.stringify(createRequire(import.meta.url).resolve("bullmq"));
const own = "class AppWorker extends real.Worker {}";

/** An application with this version of a package in its node_modules, whose Worker is the class in this code. */
function application(name: string, version?: string, worker = own): string {
  const app = path.join(folder, name);
  mkdirSync(path.join(app, "node_modules/bullmq"), { recursive: true });
  writeFileSync(path.join(app, "workers.mjs"), "");
  if (version !== undefined) {
    writeFileSync(
      path.join(app, "node_modules/bullmq/package.json"),
      JSON.stringify({ name: "bullmq", version, main: "index.js" }),
    );
    writeFileSync(
      path.join(app, "node_modules/bullmq/index.js"),
      `const real = require(${real}); module.exports = { ...real, Worker: ${worker} };`,
    );
  }
  return path.join(app, "workers.mjs");
}

test("the application's own BullMQ is used, and is loaded once", async () => {
  const app = application("own", "6.3.0");
  const bull = await loadBull(app);
  assert.equal(bull.origin, "app");
  assert.equal(bull.version, "6.3.0");
  assert.equal(bull.api.Worker.name, "AppWorker");
  assert.equal(await loadBull(app), bull);
});

test("an application without BullMQ gets the bundled one", async () => {
  const bull = await loadBull(application("none"));
  assert.equal(bull.origin, "bundle");
  assert.equal(typeof bull.api.Worker, "function");
  assert.equal(typeof bull.Redis, "function");
});

test("a BullMQ version that is too old is refused in one line that says what to do", async () => {
  await assert.rejects(loadBull(application("old", "5.80.0")), (error: unknown) => {
    assert.ok(error instanceof ForkerError);
    assert.equal(error.exit, "badConfig");
    assert.match(error.message, /^bullmq: expected version 5\.81 or newer, got 5\.80\.0 .*npm install bullmq@latest$/);
    return true;
  });
});

test("a version that lacks a name which forker builds on is refused, with the name and the version", async () => {
  const lacking = `(() => { ${own} AppWorker.prototype.nextJobFromJobData = undefined; return AppWorker; })()`;
  await assert.rejects(loadBull(application("lacking", "7.1.0", lacking)), (error: unknown) => {
    assert.ok(error instanceof ForkerError);
    assert.equal(error.exit, "badConfig");
    assert.equal(error.code, "ERR_FORKER_BULLMQ_VERSION");
    const expected =
      "bullmq: expected Worker.nextJobFromJobData, which forker builds on, got version 7.1.0 without it (";
    assert.ok(error.message.startsWith(expected), error.message);
    assert.match(error.message, /: npm install bullmq@6$/);
    return true;
  });
});

test("a field that no constructor sets is missing, and one that a base class sets is not", async () => {
  const alone =
    "class AppWorker { createJob() {} nextJobFromJobData() {} moveStalledJobsToWait() {} get jobScheduler() {} }";
  await assert.rejects(
    loadBull(application("alone", "6.3.1", alone)),
    /expected Worker\.limitUntil, Worker\.blockUntil, Worker\.lockManager, which forker builds on, got version 6\.3\.1 without them/,
  );
});

test("a class that an instrumentation has wrapped is taken for what it wraps", async () => {
  const bull = await loadBull(application("wrapped", "6.3.2", "new Proxy(real.Worker, {})"));
  assert.equal(bull.version, "6.3.2");
});
