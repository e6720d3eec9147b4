import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { loadBull, useBull } from "../../../../src/bull/library/load-bull.ts";
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

const refusals = [
  ["4.18.3", "npm install bullmq@5"],
  ["7.0.0", "npm install bullmq@6"],
] as const;
for (const [version, advice] of refusals)
  test(`BullMQ ${version} is refused in one line that names the smallest change`, async () => {
    await assert.rejects(loadBull(application(`old-${version}`, version)), (error: unknown) => {
      assert.ok(error instanceof ForkerError);
      assert.equal(error.exit, "badConfig");
      assert.equal(error.code, "ERR_FORKER_BULLMQ_VERSION");
      assert.ok(error.message.startsWith(`bullmq: expected version 5.0 to 6, got ${version} (`), error.message);
      assert.ok(error.message.endsWith(`: ${advice}`), error.message);
      return true;
    });
  });

test("an ioredis that is too old is refused, unless BullMQ has one of its own", async () => {
  const app = application("old-ioredis", "6.3.4");
  const modules = path.join(path.dirname(app), "node_modules");
  addRedis(modules, "4.28.5");
  await assert.rejects(loadBull(app), (error: unknown) => {
    assert.ok(error instanceof ForkerError);
    assert.equal(error.code, "ERR_FORKER_IOREDIS_VERSION");
    assert.match(error.message, /^ioredis: expected version 5\.0 to 6, got 4\.28\.5 \(.*\): npm install ioredis@5$/);
    return true;
  });
  const other = application("own-ioredis", "6.3.5");
  addRedis(path.join(path.dirname(other), "node_modules"), "4.28.5");
  addRedis(path.join(path.dirname(other), "node_modules/bullmq/node_modules"), "5.4.0");
  assert.equal((await loadBull(other)).Redis.name, "Redis5");
});

/** A package ioredis with this version, whose class is named after its major version. */
function addRedis(modules: string, version: string): void {
  const place = path.join(modules, "ioredis");
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, "package.json"), JSON.stringify({ name: "ioredis", version, main: "index.js" }));
  const name = `Redis${version.split(".")[0]}`;
  writeFileSync(path.join(place, "index.js"), `exports.Redis = class ${name} {}; exports.Cluster = class {};`);
}

test("a version that lacks a name which forker builds on is refused, with the name and the version", async () => {
  const lacking = `(() => { ${own} AppWorker.prototype.nextJobFromJobData = undefined; return AppWorker; })()`;
  await assert.rejects(loadBull(application("lacking", "6.99.0", lacking)), (error: unknown) => {
    assert.ok(error instanceof ForkerError);
    assert.equal(error.exit, "badConfig");
    assert.equal(error.code, "ERR_FORKER_BULLMQ_VERSION");
    const expected =
      "bullmq: expected Worker.nextJobFromJobData, which forker builds on, got version 6.99.0 without it (";
    assert.ok(error.message.startsWith(expected), error.message);
    // The newest release of the major version would be the same one again.
    assert.match(error.message, /: npm install bullmq@6\.7\.0$/);
    return true;
  });
});

test("the namespace that an application passes is used for it, and its package is known", async () => {
  const app = application("given");
  const namespace = await import("bullmq");
  const bull = await useBull(namespace, app);
  assert.equal(await loadBull(app), bull);
  assert.equal(bull.origin, "given");
  assert.equal(bull.api.Worker, namespace.Worker);
  assert.equal(bull.file, createRequire(import.meta.url).resolve("bullmq"));
});

test("a namespace that is part of another file has a major version", async () => {
  const { Worker, ...rest } = await import("bullmq");
  const bull = await useBull({ ...rest, Worker: class AppWorker extends Worker {} }, application("inside"));
  assert.deepEqual([bull.major, bull.version, bull.file], [6, "6", undefined]);
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
