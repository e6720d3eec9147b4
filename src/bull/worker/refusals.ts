import { errorCode } from "../library/internals.ts";

/**
 * How to treat an error that came instead of a job's move.
 *
 * "transient": Redis, or the connection to it, refuses for now. "persistent": the keys or the script are at fault, and only a
 * person who changes them can help. "notHeld": BullMQ did not find the job with the caller's lock, and what happened to the job
 * must be looked up. "final": BullMQ's own answer, or an error from before Redis was asked: the next attempt would end the same
 * way.
 */
export type Refusal = "transient" | "persistent" | "notHeld" | "final";

/** BullMQ's own codes: no such job, no lock, not active, another's lock. */
const notHeldCodes: ReadonlySet<unknown> = new Set(Object.values(errorCode));

/** Before Redis 7, the text of an error within a script is embedded in that of another error. */
const transient =
  /\b(BUSY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|MISCONF|NOREPLICAS|OOM|NOPERM|NOAUTH|WRONGPASS|MOVED|ASK)\b|the user executing the script can't/i;

const persistent =
  /^(WRONGTYPE|CROSSSLOT|EXECABORT)\b|user_script|running script|wrong number of arguments|unknown command/i;

/** The script itself failed on the contents of the job. It fails the same way each time, and what it has written stays. */
const scriptFault = /user_script:\d+: (attempt to|bad argument)/;

/** The text that Redis adds to an error of a command that a script has called. */
const insideScript = /user_script/;

/** ioredis' own errors, which replace an answer. */
const connectionErrors: ReadonlySet<string> = new Set([
  "AbortError",
  "ClusterAllFailedError",
  "MaxRetriesPerRequestError",
  "RedisError",
]);
const closedMessage = "Connection is closed.";

/** Whether Redis refused a command or could not be reached. False for an error that BullMQ throws before it asks Redis. */
export function isRedisError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error.name === "ReplyError" || isBullCode(error) || isConnectionError(error);
}

export function refusalOf(error: unknown): Refusal {
  // A result's toJSON may throw anything.
  if (!isRedisError(error)) return "final";
  if (isBullCode(error)) return notHeldCodes.has(error.code) ? "notHeld" : "final";
  if (scriptFault.test(error.message)) return "final";
  if (isConnectionError(error) || transient.test(error.message)) return "transient";
  // An unknown error is a provider's own, for example for a quota.
  return persistent.test(error.message) ? "persistent" : "transient";
}

/**
 * Whether Redis refuses to complete a job that has returned. False for BullMQ's own answers, such as that the job has children to
 * wait for, and for a result that is not JSON: the next attempt may end in another way.
 */
export function refusesCompletion(error: unknown): error is Error {
  return isRedisError(error) && (!isBullCode(error) || notHeldCodes.has(error.code));
}

/** Whether Redis refused a command inside a script. What the script had done before stays done. */
export function isInsideScript(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && insideScript.test(error.message);
}

function isBullCode(error: Error): error is Error & { readonly code: number } {
  return "code" in error && typeof error.code === "number";
}

function isConnectionError(error: Error): boolean {
  return connectionErrors.has(error.name) || error.message === closedMessage || "syscall" in error;
}
