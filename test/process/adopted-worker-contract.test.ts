// What adoption uses of BullMQ's Worker, in the oldest and the newest minor version of each major one, and what an adopted Worker is before the fork.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, test } from "node:test";
import { workerParts } from "../../src/bull/library/worker-parts.ts";
import { applicationWith, supportedBulls } from "../support/bull-versions.ts";

const source = path.join(import.meta.dirname, "../../src/bull");

interface Seen {
  readonly missing: readonly string[];
  readonly isWorker: boolean;
  readonly isSubclass: boolean;
  readonly name: string;
  readonly running: readonly boolean[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly resources: readonly string[];
  readonly queues: readonly string[];
  readonly events: readonly string[];
  readonly afterClose: readonly string[];
  readonly sameInImport: boolean;
}

/**
 * require("bullmq") leaves a file system request in flight for a moment. This returns only if the process ends by itself.
 *
 * In a process of its own, because it changes BullMQ's class for the whole process.
 */
function adoptIn(bullFolder: string): Seen {
  using application = applicationWith(bullFolder);
  const script = `
    import { createRequire } from "node:module";
    const { adoptWorkers, adoptedWorkers } = await import(${JSON.stringify(path.join(source, "adoption/adopt-bull.ts"))});
    const names = ${JSON.stringify(workerParts)};
    adoptWorkers(${JSON.stringify(application.path)});
    const require = createRequire(${JSON.stringify(application.path)});
    const { Worker } = require("bullmq");
    const imported = await import(require.resolve("bullmq"));
    class Subclass extends Worker {}
    const connection = { host: "127.0.0.1", port: 1 };
    const worker = new Worker("a", async (job, token, signal) => {}, { connection, concurrency: 4 });
    const idle = new Subclass("b", async () => {}, { connection, autorun: false });
    const events = [];
    for (const event of ["paused", "resumed", "closing", "closed", "error"]) worker.on(event, () => events.push(event));
    const running = [worker.isRunning(), idle.isRunning()];
    const missing = Object.entries(names)
      .filter(([name, kind]) => (kind === "method" ? typeof worker[name] !== "function" : !(name in worker)))
      .map(([name]) => name);
    await worker.pause(); running.push(worker.isRunning());
    await worker.resume(); running.push(worker.isRunning());
    const queues = adoptedWorkers.queues;
    await worker.close(); running.push(worker.isRunning());
    const { autorun, concurrency, connection: given } = worker.opts;
    console.log(JSON.stringify({
      missing, running, queues, events, name: Worker.name, isWorker: worker instanceof Worker, isSubclass: idle instanceof Subclass && idle instanceof Worker,
      options: { autorun, concurrency, isGiven: given === connection }, resources: process.getActiveResourcesInfo().filter((kind) => !/Pipe|TTY|FSReq/.test(kind)),
      afterClose: adoptedWorkers.queues, sameInImport: imported.Worker === Worker,
    }));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return JSON.parse(output) as Seen;
}

for (const {
  version: { text },
  folder,
} of supportedBulls) {
  describe(`A Worker of BullMQ ${text} that is adopted`, () => {
    const seen = adoptIn(folder);

    test("has every part that adoption uses", () => assert.deepEqual(seen.missing, []));

    test("is of BullMQ's own class, whether it is imported or required", () => {
      assert.deepEqual([seen.isWorker, seen.isSubclass, seen.sameInImport, seen.name], [true, true, true, "Worker"]);
    });

    test("neither connects nor leaves anything that keeps the process alive", () =>
      assert.deepEqual(seen.resources, []));

    test("has the options that it was given, and runs unless autorun is false", () => {
      assert.deepEqual(seen.options, { autorun: true, concurrency: 4, isGiven: true });
      assert.deepEqual(seen.running, [true, false, false, true, false]);
      assert.deepEqual(seen.queues, ["a", "b"]);
    });

    test("emits its events, and is forgotten when it is closed", () => {
      assert.deepEqual(seen.events, ["paused", "resumed", "closing", "closed"]);
      assert.deepEqual(seen.afterClose, ["b"]);
    });
  });
}
