import type { Logger } from "pino";
import { onExit } from "signal-exit";
import { endAtRefusal } from "../app/uncaught-refusal.ts";
import type { ForkerError } from "../exit/forker-error.ts";
import { claimListeners } from "../signals/own-listeners.ts";
import { jobText } from "../text/printable.ts";
import type { WorkerProcess } from "./worker-process.ts";

/**
 * Logs the held jobs at an unexpected exit: process.exit() in the application, a fatal signal, or a ForkerError that the application
 * did not catch, unless init knows of it.
 */
export function watchUnexpectedExit(worker: WorkerProcess, log: Logger): void {
  let refusal: ForkerError | undefined;
  endAtRefusal((error) => {
    refusal = error;
  });
  claimListeners(() => {
    onExit((code, signal) => {
      if (worker.isOver) return;
      const held = worker.holding.map(jobText);
      const cause = refusal === undefined ? {} : { cause: refusal.message };
      log.fatal({ code, signal, held, ...cause }, "worker exits unexpectedly");
    });
  });
}
