import { inspect } from "node:util";

/** What becomes of a job that is stopped before its processor ended by itself. */
export type StoppedOutcome = "fail" | "retry" | "handback";

/** Thrown by a processor (or BullMQ's helpers) to say that it moved the job itself, or that it hit a rate limit: no failure. */
const controlNames = new Set(["DelayedError", "WaitingError", "WaitingChildrenError", "RateLimitError"]);
const rateLimitMessage = "bullmq:rateLimitExceeded";

export function isControl(error: Error): boolean {
  return controlNames.has(error.name) || error.message === rateLimitMessage;
}

/** BullMQ's own codes for a lock that is over, and for one that is another's. */
const lockCodes: readonly unknown[] = [-2, -6];

/** Redis has refused a command of BullMQ's for want of this job's lock. */
export function isMissingLock(error: Error, jobId: string | undefined): boolean {
  return "code" in error && lockCodes.includes(error.code) && error.message.includes(` for job ${jobId}.`);
}

/** Redis has refused a command, or could not be asked; not one of BullMQ's before it asks. */
export function isRedisError(error: unknown): boolean {
  return error instanceof Error && (error.name === "ReplyError" || "code" in error);
}

/**
 * A processor may throw anything, and what it throws is read by BullMQ and by us: something that cannot be read (a proxy, a
 * getter that throws, an object that is no string) is described instead. Never throws.
 */
export function errorOf(thrown: unknown): Error {
  try {
    const isError = thrown instanceof Error || (typeof thrown === "object" && thrown !== null && "message" in thrown);
    if (!isError) return new Error(String(thrown));
    const { message, name, stack } = thrown as Error;
    for (const part of [message, name, stack]) String(part);
    return thrown as Error;
  } catch {
    return new Error(describe(thrown));
  }
}

function describe(thrown: unknown): string {
  try {
    return inspect(thrown, { customInspect: false, depth: 1 });
  } catch {
    return "something that cannot be described";
  }
}
