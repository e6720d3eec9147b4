import type { Logger } from "pino";
import { onExit } from "signal-exit";
import { thrownText } from "../app/thrown-text.ts";
import { endAtRefusal } from "../app/uncaught-refusal.ts";
import { callerOfExit } from "../app/unexpected-end.ts";
import { isLasting } from "../exit/exit-codes.ts";
import { claimListeners } from "../signals/own-listeners.ts";
import { jobText } from "../text/printable.ts";
import type { WorkerProcess } from "./worker-process.ts";

/**
 * At an unexpected exit, logs the held jobs and tells init the cause: an uncaught error, process.exit() in the application, or a
 * fatal signal. A mistake of the user's that nobody catches is reported as such.
 */
export function watchUnexpectedExit(worker: WorkerProcess, log: Logger): void {
  let uncaught: { readonly error: unknown } | undefined;
  process.on("uncaughtExceptionMonitor", (error: unknown) => {
    uncaught = { error };
  });
  endAtRefusal((refusal) => {
    if (isLasting(refusal.exit)) worker.exitReporter.refused(refusal);
  });
  claimListeners(() => {
    onExit((code, signal) => {
      if (worker.exitReporter.hasReported) return;
      const held = worker.holding.map(jobText);
      const cause = uncaught === undefined ? exitText() : thrownText(uncaught.error);
      log.fatal({ code, signal, held, ...(cause !== undefined && { cause }) }, "worker exits unexpectedly");
      if (cause !== undefined) worker.exitReporter.crashed(cause);
    });
  });
}

function exitText(): string | undefined {
  const caller = callerOfExit();
  return caller === undefined ? undefined : `the application called process.exit() at ${caller}`;
}
