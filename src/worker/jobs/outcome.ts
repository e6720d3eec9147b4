import { inspect } from "node:util";

/** What becomes of a job that is stopped before its processor ended by itself. */
export type StoppedOutcome = "fail" | "retry" | "handback";

/** Thrown by a processor (or BullMQ's helpers) to say that it moved the job itself, or that it hit a rate limit: no failure. */
const controlNames = new Set(["DelayedError", "WaitingError", "WaitingChildrenError", "RateLimitError"]);
const rateLimitMessage = "bullmq:rateLimitExceeded";

export function isControl(error: Error): boolean {
  return controlNames.has(error.name) || error.message === rateLimitMessage;
}

/** How a job's processor ended. */
export type Outcome =
  | { readonly result: unknown }
  /** isFinal: it is not to be tried again. */
  | { readonly failure: Error; readonly isFinal: boolean };

/** BullMQ's own codes for a lock that is over, and for one that is another's. */
const lockCodes: readonly unknown[] = [-2, -6];

/** Redis has refused a command of BullMQ's for want of this job's lock. */
export function isMissingLock(error: Error, jobId: string | undefined): boolean {
  return "code" in error && lockCodes.includes(error.code) && error.message.includes(` for job ${jobId}.`);
}

const moves: Readonly<Record<string, string>> = {
  DelayedError: "moveToDelayed",
  WaitingError: "moveToWait",
  WaitingChildrenError: "moveToWaitingChildren",
};

/** How a processor says that it has moved its job; undefined: it did not say so. A rate limit is BullMQ's to act on. */
export function moveSaid(error: Error): string | undefined {
  return moves[error.name];
}

/** What a job fails with that is where it was. */
export function unmovedError(control: Error): Error {
  const message = `the processor threw ${control.name}, and did not move the job: expected \`await job.${moves[control.name]}(…)\` before it, and that it succeeds`;
  return new Error(message, { cause: control });
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
