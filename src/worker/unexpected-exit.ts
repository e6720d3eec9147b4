import type { Logger } from "pino";
import { onExit } from "signal-exit";
import { jobText } from "../text/printable.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** When the process goes without our doing (process.exit in the application, a fatal signal): one line that says what it held. */
export function watchUnexpectedExit(worker: WorkerProcess, log: Logger): void {
  onExit((code, signal) => {
    if (worker.isOver) return;
    const held = worker.holding.map(jobText);
    log.fatal({ code, signal, held }, `worker is going, not by forker's doing, with ${held.length} jobs held`);
  });
}
