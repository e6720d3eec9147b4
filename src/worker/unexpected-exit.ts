import type { Logger } from "pino";
import { onExit } from "signal-exit";
import { claimListeners } from "../signals/own-listeners.ts";
import { jobText } from "../text/printable.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Logs the held jobs at an unexpected exit: process.exit() in the application, or a fatal signal. */
export function watchUnexpectedExit(worker: WorkerProcess, log: Logger): void {
  claimListeners(() => {
    onExit((code, signal) => {
      if (worker.isOver) return;
      const held = worker.holding.map(jobText);
      log.fatal({ code, signal, held }, "worker exits unexpectedly");
    });
  });
}
