import { ForkerError } from "../exit/forker-error.ts";

type Report = (refusal: ForkerError) => void;

/** Before anything replaces it: see end-application.ts. */
const exit = process.exit.bind(process);
let report: Report | undefined;
let isListening = false;

/**
 * From now on, a ForkerError that nobody catches, for instance from a Worker that the application may not create, ends this process
 * with its own exit code, and `next` reports it. Node would print the line of source that threw it, and a line of the bundle is long.
 * Other errors are left to Node, and all errors to an application that listens for uncaught ones. Returns a function that undoes it.
 */
export function endAtRefusal(next: Report): () => void {
  report = next;
  if (!isListening) process.on("uncaughtExceptionMonitor", endIfRefusal);
  isListening = true;
  return () => {
    if (report === next) report = undefined;
  };
}

/** Node calls this for rejections, too, before it prints the error and exits. */
function endIfRefusal(error: unknown): void {
  if (report === undefined || !(error instanceof ForkerError)) return;
  if (process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback()) return;
  report(error);
  exit(error.exitCode);
}
