// What the entrypoint does for a spawned worker, and nothing else: load the application, run, exit.
import { flushCompileCache } from "node:module";
import process from "node:process";
import { loadApplication } from "../../src/app/load.ts";
import { openBoard } from "../../src/board/board-memory.ts";
import { RowWriter } from "../../src/board/row-writer.ts";
import { Markers } from "../../src/bull/keys/markers.ts";
import { createLogger } from "../../src/log/logger.ts";
import type { WorkerLaunchConfig } from "../../src/protocol/launch-config.ts";
import { runWorker } from "../../src/worker/run-worker.ts";

// Nothing searches for a lost job later, so a test need not measure for how long it is lost.
// Maintenance looks only at the queues whose markers it has restored.
if (process.env["TEST_WITHOUT_MAINTENANCE"] !== undefined) Markers.prototype.restore = async () => new Set();

const launch = JSON.parse(process.env["TEST_LAUNCH"] ?? "") as WorkerLaunchConfig;
const log = createLogger(
  { level: launch.settings.logLevel, format: "json" },
  { role: "worker", slot: launch.options.slot },
);
const application = await loadApplication(launch.settings, launch.generation, log);
// Node writes the cache only at a normal exit, and most tests kill their workers.
flushCompileCache();
const row = launch.hasBoard ? new RowWriter(openBoard(), launch.options.row ?? 0) : undefined;
process.exit(await runWorker(launch, application, log, row));
