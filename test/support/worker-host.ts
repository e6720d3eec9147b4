// What the entrypoint does for a spawned worker, and nothing else: load the application, live, exit.
import process from "node:process";
import { loadApplication } from "../../src/app/load.ts";
import { openBoard } from "../../src/board/board-memory.ts";
import { SeatWriter } from "../../src/board/seat-writer.ts";
import { createLogger } from "../../src/log/logger.ts";
import type { WorkerBirth } from "../../src/protocol/birth.ts";
import { runWorker } from "../../src/worker/run-worker.ts";
import { Upkeep } from "../../src/worker/upkeep.ts";

// What is forgotten then stays forgotten, and a test need not measure how long.
if (process.env["TEST_WITHOUT_UPKEEP"] !== undefined) Upkeep.prototype.now = async () => {};

const birth = JSON.parse(process.env["TEST_BIRTH"] ?? "") as WorkerBirth;
const log = createLogger(
  { level: birth.settings.logLevel, format: "json" },
  { role: "worker", slot: birth.options.slot },
);
const application = await loadApplication(birth.settings, birth.generation, log);
const seat = birth.hasBoard ? new SeatWriter(openBoard(), birth.options.seat ?? 0) : undefined;
process.exit(await runWorker(birth, application, log, seat));
