/** What becomes of a job that is stopped before its processor ended by itself. */
export type StoppedOutcome = "fail" | "retry" | "handback";

/** Thrown by a processor (or BullMQ's helpers) to say that it moved the job itself, or that it hit a rate limit: no failure. */
const controlNames = new Set(["DelayedError", "WaitingError", "WaitingChildrenError", "RateLimitError"]);
const rateLimitMessage = "bullmq:rateLimitExceeded";

export function isControl(error: Error): boolean {
  return controlNames.has(error.name) || error.message === rateLimitMessage;
}

/** A processor may throw anything; BullMQ reads `message` and `name` of what it threw. */
export function errorOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) return thrown as Error;
  return new Error(String(thrown));
}
