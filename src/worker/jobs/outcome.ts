/** The outcome of a job that is stopped before its processor ends by itself. */
export type StoppedOutcome = "fail" | "retry" | "handback";

/** A processor, or a helper of BullMQ, throws these after it moved the job or hit a rate limit. They are not failures. */
const controlNames = new Set(["DelayedError", "WaitingError", "WaitingChildrenError", "RateLimitError"]);
const rateLimitMessage = "bullmq:rateLimitExceeded";

export function isControl(error: Error): boolean {
  return controlNames.has(error.name) || error.message === rateLimitMessage;
}

/** How a job's processor ended. */
export type Outcome =
  | { readonly result: unknown }
  /** isFinal: the job must not be retried. */
  | { readonly failure: Error; readonly isFinal: boolean };

/** BullMQ's codes for a missing lock, and for a lock of another owner. */
const lockCodes: readonly unknown[] = [-2, -6];

/** Whether Redis refused a command of BullMQ because it did not find this job's lock. */
export function isMissingLock(error: Error, jobId: string | undefined): boolean {
  return "code" in error && lockCodes.includes(error.code) && error.message.includes(` for job ${jobId}.`);
}

const moves: Readonly<Record<string, string>> = {
  DelayedError: "moveToDelayed",
  WaitingError: "moveToWait",
  WaitingChildrenError: "moveToWaitingChildren",
};

/** The move that a processor reports by what it throws; undefined: none. BullMQ itself acts on a rate limit. */
export function moveSaid(error: Error): string | undefined {
  return moves[error.name];
}

/** The error of a job whose processor reported a move that it had not made. */
export function unmovedError(control: Error): Error {
  const message = `the processor threw ${control.name} and did not move the job: expected \`await job.${moves[control.name]}(…)\` to succeed before that`;
  return new Error(message, { cause: control });
}
