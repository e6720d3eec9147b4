import type { JobEnding } from "../protocol/messages.ts";
import type { HeldLock } from "./held-locks.ts";
import type { Lane } from "./lane.ts";
import type { Bull } from "./load-bull.ts";

const builtInBackOffs = new Set(["fixed", "exponential"]);

/** Fails a job in the place of its worker, which is dead: for good, or this attempt. False: the job is gone. */
export async function endJob(
  { api }: Bull,
  lane: Lane,
  { id, token }: HeldLock,
  { outcome, message }: Pick<JobEnding, "outcome" | "message">,
): Promise<boolean> {
  const job = await lane.find(id, "toEnd");
  if (job === undefined) return false;
  if (outcome === "fail") {
    await job.moveToFailed(new api.UnrecoverableError(message), token);
    return true;
  }
  // A back-off of the application's own is a function of its code, which is not loaded here: the next attempt comes at once.
  const { backoff } = job.opts;
  const isOwn = typeof backoff === "object" && backoff !== null && !builtInBackOffs.has(backoff.type);
  if (isOwn) delete job.opts.backoff;
  await job.moveToFailed(new Error(message), token);
  return true;
}
