import { errorCode } from "../library/internals.ts";

/**
 * What to make of an error that came in the place of a job's move.
 *
 * "transient": Redis, or the way to it, refuses for now. "persistent": the keys or the script are at fault, and only somebody who
 * changes them can help. "notHeld": BullMQ did not find the job with our lock: what has become of it must be looked up.
 * "final": BullMQ's own answer, or an error that came before Redis was asked: the next attempt would end the same way.
 */
export type Refusal = "transient" | "persistent" | "notHeld" | "final";

/** BullMQ's own codes: no such job, no lock, not active, another's lock. */
const notHeldCodes: ReadonlySet<unknown> = new Set(Object.values(errorCode));

/** Before Redis 7 an error within a script comes as text in the middle of another. */
const transient =
  /\b(BUSY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|MISCONF|NOREPLICAS|OOM|NOPERM|NOAUTH|WRONGPASS|MOVED|ASK)\b/;

const persistent =
  /^(WRONGTYPE|CROSSSLOT|EXECABORT)\b|user_script|running script|wrong number of arguments|unknown command/i;

/** A fault of the script itself over what it found in the job: it is the same each time, and what it had written stays. */
const scriptFault = /user_script:\d+: (attempt to|bad argument)/;

/** ioredis' own, in the place of an answer. */
const connectionErrors: ReadonlySet<string> = new Set([
  "AbortError",
  "ClusterAllFailedError",
  "MaxRetriesPerRequestError",
  "RedisError",
]);
const closedMessage = "Connection is closed.";

/** Redis has refused a command, or could not be asked; not one of BullMQ's before it asks. */
export function isRedisError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error.name === "ReplyError" || isBullCode(error) || isConnectionError(error);
}

export function refusalOf(error: unknown): Refusal {
  // A result's own toJSON may throw anything.
  if (!isRedisError(error)) return "final";
  if (isBullCode(error)) return notHeldCodes.has(error.code) ? "notHeld" : "final";
  if (scriptFault.test(error.message)) return "final";
  if (isConnectionError(error) || transient.test(error.message)) return "transient";
  // A word that nobody here knows is a provider's own, for a quota, say.
  return persistent.test(error.message) ? "persistent" : "transient";
}

function isBullCode(error: Error): error is Error & { readonly code: number } {
  return "code" in error && typeof error.code === "number";
}

function isConnectionError(error: Error): boolean {
  return connectionErrors.has(error.name) || error.message === closedMessage || "syscall" in error;
}
