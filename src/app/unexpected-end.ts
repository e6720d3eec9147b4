import { adoptedWorkers } from "../bull/adoption/adopt-bull.ts";
import { describeFailedAttempts } from "../engine/connections/attempts.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { fitText } from "../protocol/fit.ts";
import type { Failure } from "../protocol/messages.ts";
import { reasonOf } from "./reason.ts";
import { thrownPlace } from "./thrown-text.ts";
import { endAtRefusal } from "./uncaught-refusal.ts";

/**
 * Detects that code of the application ends this process: by process.exit(), or by an uncaught error. `report` is called last of
 * all, and must have finished when it returns. Returns a function that stops watching.
 */
export function watchUnexpectedEnd(doing: string, report: (failure: Failure) => void): () => void {
  let uncaught: { readonly error: unknown } | undefined;
  const note = (error: unknown) => {
    uncaught = { error };
  };
  const end = (code: number) => {
    // The application may have caught it, and then given up.
    const thrown = adoptedWorkers.refusal instanceof ForkerError ? { error: adoptedWorkers.refusal } : uncaught;
    report(thrown === undefined ? exitFailure(doing, code) : failure(doing, thrown.error));
  };
  process.on("uncaughtExceptionMonitor", note);
  const forget = endAtRefusal(note);
  process.on("exit", end);
  return () => {
    forget();
    process.off("uncaughtExceptionMonitor", note);
    process.off("exit", end);
  };
}

function failure(doing: string, thrown: unknown): Failure {
  if (thrown instanceof ForkerError) return { code: thrown.code, message: thrown.message, exit: thrown.exit };
  // Node prints the stack.
  const message = `uncaught error while ${doing}: ${fitText(reasonOf(thrown))}${thrownPlace(thrown)}${unreached()}`;
  return { code: "ERR_FORKER_BOOT", message, exit: "bootFailure" };
}

/** Listeners of `exit` run inside process.exit(), so its caller is on the stack. */
function exitFailure(doing: string, code: number): Failure {
  const place = callerOfExit();
  const why = place === undefined ? "its cause is unknown" : `the application called process.exit() at ${place}`;
  const message = `the process ended with exit code ${code} while ${doing}: ${why}${unreached()}`;
  return { code: "ERR_FORKER_EXIT", message, exit: "bootFailure" };
}

/** The application may have given up on a server. */
export function unreached(): string {
  const servers = describeFailedAttempts();
  return servers.length === 0 ? "" : `; it could not reach ${servers.join(", ")}`;
}

const deepEnough = 50;

/** Where the application calls process.exit(), while listeners of its `exit` run. */
export function callerOfExit(): string | undefined {
  // The application may have replaced these: for source maps, or for shorter stacks.
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  Reflect.set(Error, "stackTraceLimit", deepEnough);
  Reflect.deleteProperty(Error, "prepareStackTrace");
  const frames = String(new Error("where").stack).split("\n");
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  if (prepare !== undefined) Object.defineProperty(Error, "prepareStackTrace", prepare);
  const exit = frames.findLastIndex((frame) => /^\s+at (?:process|Object)\.exit \(node:internal\//.test(frame));
  return exit < 0 ? undefined : frames[exit + 1]?.trim().replace(/^at /, "");
}
