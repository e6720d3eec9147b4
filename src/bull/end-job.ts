import type { JobEnding } from "../protocol/messages.ts";
import type { BullJob } from "./lane.ts";
import type { Bull } from "./load-bull.ts";

const builtInBackOffs = new Set(["fixed", "exponential"]);

/** Fails a job in the place of its worker that is no more: for good, or this attempt. */
export async function endJob(
  { api }: Bull,
  job: BullJob,
  token: string,
  { outcome, message }: JobEnding,
): Promise<void> {
  if (outcome === "fail") {
    await job.moveToFailed(new api.UnrecoverableError(message), token);
    return;
  }
  // A back-off of the application's own is a function of its code, which is not loaded here: the next attempt comes at once.
  const { backoff } = job.opts;
  const isOwn = typeof backoff === "object" && backoff !== null && !builtInBackOffs.has(backoff.type);
  if (isOwn) delete job.opts.backoff;
  await job.moveToFailed(new Error(message), token);
}
