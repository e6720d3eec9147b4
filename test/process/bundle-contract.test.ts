// What adoption uses of BullMQ inside a bundle, in each supported version: its classes are recognized, and its Workers do not connect.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import type { BuildOptions } from "esbuild";
import { isBefore, type Version } from "../../src/bull/library/versions.ts";
import { supportedBulls, type TestedBull } from "../support/bull-versions.ts";
import { bundle } from "../support/bundle.ts";

const source = path.join(import.meta.dirname, "../../src");

interface Seen {
  readonly version: string;
  readonly major: number;
  readonly missing: readonly string[];
  readonly keys: boolean;
  readonly options: readonly Readonly<Record<string, unknown>>[];
  readonly running: readonly boolean[];
  readonly queues: readonly string[];
  readonly events: readonly string[];
  readonly afterClose: readonly string[];
  readonly resources: readonly string[];
  readonly refused: readonly string[];
  readonly own: readonly string[];
  readonly isQueueHeld: boolean;
}

/** Runs in a process of its own, because it changes BullMQ's class. It returns only if nothing keeps the process alive. */
const script = (file: string, waitsToClose: boolean) => `
  const { adoptWorkers, adoptedWorkers } = await import(${JSON.stringify(path.join(source, "bull/adoption/adopt-bull.ts"))});
  const { missingInternals } = await import(${JSON.stringify(path.join(source, "bull/library/check-internals.ts"))});
  const { parkClients } = await import(${JSON.stringify(path.join(source, "bull/parking/parked-clients.ts"))});
  parkClients();
  adoptWorkers(${JSON.stringify(file)});
  const { Worker, Queue, QueueKeys, Redis } = await import(${JSON.stringify(file)});
  class Subclass extends Worker {}
  const connection = { host: "127.0.0.1", port: 1 };
  const work = async (job, token, signal) => {};
  const worker = new Worker("a", work, { connection, concurrency: 4 });
  const idle = new Subclass("b", work, { connection: new Redis({ ...connection, maxRetriesPerRequest: null }), autorun: false, lockDuration: 10000, prefix: "p" });
  const manual = new Worker("c", null, { connection });
  const events = [];
  for (const event of ["paused", "resumed", "closing", "closed", "error"]) worker.on(event, () => events.push(event));
  const running = [worker.isRunning(), idle.isRunning()];
  await worker.pause(); running.push(worker.isRunning());
  await worker.resume(); running.push(worker.isRunning());
  const refused = [];
  for (const make of [() => new Worker("a", work, { connection }), () => new Worker("d", work, { connection, stalledInterval: -1 })])
    try { make(); } catch (error) { refused.push(error.message); }
  const queue = new Queue("q", { connection });
  queue.on("error", () => {});
  const { queues, copy } = adoptedWorkers;
  const options = adoptedWorkers.all.map(({ options }) => ({ ...options, connection: undefined }));
  const closed = worker.close(); ${waitsToClose ? "" : "await closed;"} running.push(worker.isRunning());
  const keys = [QueueKeys, copy.api.QueueKeys].map((Keys) => { const made = new Keys("p"); return JSON.stringify([made.getKeys("n"), made.toKey("n", "t")]); });
  const own = Object.keys(worker).filter((name) => ["connection", "blockingConnection", "backend"].includes(name));
  const isQueueHeld = Object.hasOwn((queue.backend ?? queue).connection, "init");
  const output = {
    version: copy.version.text, major: copy.version.major, missing: missingInternals(copy.api, copy.version, true),
    keys: keys[0] === keys[1], options, running, queues, events, afterClose: adoptedWorkers.queues, refused, own, isQueueHeld,
    resources: process.getActiveResourcesInfo().filter((kind) => !/Pipe|TTY|FSReq/.test(kind)),
  };
  console.log(JSON.stringify(output));
  process.exit(0);`;

/** Early releases of version 5 close a Worker only when it has connected. */
const waitsToClose = (version: Version) => isBefore(version, "5.2");

async function seenIn({ folder: bullFolder, version }: TestedBull, to: string, options: BuildOptions): Promise<Seen> {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-bundle-"));
  try {
    const from = path.join(folder, "source.mjs");
    writeFileSync(from, `export { Queue, QueueKeys, Worker } from "bullmq"; export { Redis } from "ioredis";`);
    const nodePaths = [path.join(bullFolder, "node_modules"), path.join(bullFolder, "..")];
    await bundle(from, path.join(folder, to), { alias: { bullmq: bullFolder }, nodePaths, ...options });
    const output = execFileSync(
      process.execPath,
      ["--input-type=module", "-e", script(path.join(folder, to), waitsToClose(version))],
      {
        encoding: "utf8",
        timeout: 60_000,
      },
    );
    return JSON.parse(output) as Seen;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const forms: readonly (readonly [string, string, BuildOptions])[] = [
  ["CommonJS", "app.cjs", {}],
  ["minified CommonJS", "app.cjs", { minify: true }],
  ["a minified ES module that keeps names", "app.mjs", { minify: true, keepNames: true }],
  ["an ES module of BullMQ's ES modules", "app.mjs", { mainFields: ["module", "main"], minify: true }],
];

for (const bull of supportedBulls)
  for (const [form, to, options] of forms)
    describe(`BullMQ ${bull.version.text} inside ${form}`, async () => {
      const { version } = bull;
      const seen = await seenIn(bull, to, options);

      test("is recognized, with its version and all that forker uses of it", () => {
        assert.equal(seen.major, version.major);
        assert.ok([version.text, String(version.major)].includes(seen.version), seen.version);
        assert.deepEqual(seen.missing, []);
        assert.equal(seen.keys, true);
      });

      test("its Workers are adopted without a connection, with the options that they were given", () => {
        assert.deepEqual(seen.resources, []);
        assert.deepEqual(seen.queues, ["a", "b"]);
        assert.deepEqual(seen.options, [{ concurrency: 4 }, { autorun: false, lockDuration: 10_000, prefix: "p" }, {}]);
        assert.deepEqual(seen.own, version.major < 6 ? ["connection", "blockingConnection"] : ["backend"]);
      });

      test("they run, pause and close as adopted Workers do", () => {
        const isClosed = !waitsToClose(version);
        assert.deepEqual(seen.running.slice(0, 4), [true, false, false, true]);
        assert.deepEqual(seen.events, ["paused", "resumed", "closing", ...(isClosed ? ["closed"] : [])]);
        assert.deepEqual(seen.afterClose, ["b"]);
      });

      test("a Worker that forker or BullMQ refuses throws, and a queue after it has a connection of its own", () => {
        assert.match(seen.refused[0] ?? "", /^Worker of queue a: expected one for each queue/);
        assert.match(seen.refused[1] ?? "", /stalledInterval must be greater than 0/);
        assert.equal(seen.refused.length, 2);
        assert.equal(seen.isQueueHeld, false);
      });
    });
