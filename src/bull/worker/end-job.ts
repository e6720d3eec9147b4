import type { EndReport, JobEnding } from "../../protocol/messages.ts";
import type { HeldLock } from "../keys/held-locks.ts";
import type { BullJob } from "../library/bull-types.ts";
import type { Bull } from "../library/load-bull.ts";
import { adoptWrittenEnd, isEndWritten } from "./adopt-written-end.ts";
import type { Lane } from "./lane.ts";
import { errorNamed } from "./stopped-errors.ts";

const builtInBackOffs = new Set(["fixed", "exponential"]);

/** What a job fails with; `error` counts only where it may be tried again. */
export type Verdict = Pick<JobEnding, "message"> &
  ({ readonly outcome: "fail" } | ({ readonly outcome: "retry" } & Pick<JobEnding, "error">));

/** Fails a job in the place of its worker, which is dead: for good, or this attempt. undefined: the job is gone. */
export async function endJob(
  { api }: Bull,
  lane: Lane,
  { id, token }: HeldLock,
  verdict: Verdict,
): Promise<EndReport | undefined> {
  const job = await lane.find(id, "toEnd");
  if (job === undefined) return undefined;
  // A back-off of the application's own is a function of its code, which is not loaded here: the next attempt comes at once.
  const { backoff } = job.opts;
  const isOwn = typeof backoff === "object" && backoff !== null && !builtInBackOffs.has(backoff.type);
  if (isOwn) delete job.opts.backoff;
  if (isFinal(job, verdict) && isRemovedWithItsEnd(job)) await lane.keepCopy(id);
  const { message } = verdict;
  const name = verdict.outcome === "fail" ? "UnrecoverableError" : verdict.error;
  try {
    await job.moveToFailed(errorNamed(api, name, message), token);
  } catch (cause) {
    if (!(await isEndWritten(lane, job))) throw cause;
    await adoptWrittenEnd(lane, job);
  }
  const { attemptsMade, finishedOn } = job;
  return { queue: lane.queue, id, failure: { name, message }, attemptsMade, finishedOn };
}

function isFinal({ attemptsMade, opts }: BullJob, { outcome }: Verdict): boolean {
  return outcome === "fail" || attemptsMade + 1 >= (opts.attempts ?? 1);
}

function isRemovedWithItsEnd({ opts: { removeOnFail } }: BullJob): boolean {
  return removeOnFail === true || removeOnFail === 0 || (typeof removeOnFail === "object" && removeOnFail.count === 0);
}
