import type { EndReport, JobEnding } from "../../protocol/messages.ts";
import type { UnwrittenEnd } from "../../protocol/unwritten-end.ts";
import type { HeldLock } from "../keys/held-locks.ts";
import type { BullJob } from "../library/bull-types.ts";
import type { Bull } from "../library/load-bull.ts";
import { adoptWrittenEnd, isEndWritten } from "./adopt-written-end.ts";
import { errorNamed } from "./error-named.ts";
import type { Lane } from "./lane.ts";
import { refusalOf } from "./refusals.ts";

const builtInBackOffs = new Set(["fixed", "exponential"]);

/** How a job fails: for good, or with this error and a retry if attempts are left. */
export type Verdict = Pick<JobEnding, "message"> &
  ({ readonly outcome: "fail" } | ({ readonly outcome: "retry" } & Pick<JobEnding, "error">));

/** Fails a job of a dead worker, for good or for this attempt. Resolves with undefined if the job no longer exists. */
export async function endJob(
  { api }: Bull,
  lane: Lane,
  { id, token }: HeldLock,
  { message, ...verdict }: Verdict,
): Promise<EndReport | undefined> {
  const job = await lane.find(id, "toEnd");
  if (job === undefined) return undefined;
  const isFinal = verdict.outcome === "fail";
  const name = verdict.outcome === "fail" ? "UnrecoverableError" : verdict.error;
  return await fail(lane, job, token, errorNamed(api, name, message), isFinal);
}

/**
 * Writes the end that a job reached before its worker ended. Resolves with undefined if the job no longer exists, or has been
 * started again.
 */
export async function writeUnwrittenEnd(
  { api }: Bull,
  lane: Lane,
  { id, token }: HeldLock,
  { starts, result, failure }: UnwrittenEnd,
): Promise<EndReport | undefined> {
  const job = await lane.find(id, "toEnd");
  if (job?.attemptsStarted !== starts) return undefined;
  if (failure !== undefined) return await fail(lane, job, token, errorOf(api, failure), failure.isFinal);
  if (isRemoval(job.opts.removeOnComplete)) await lane.saveCopy(id, result);
  try {
    const value: unknown = result === undefined ? undefined : JSON.parse(result);
    return await write(lane, job, undefined, () => job.moveToCompleted(value, token, false));
  } catch (cause) {
    // For example, the job still has children to wait for: BullMQ fails it with that error.
    if (refusalOf(cause) !== "final") throw cause;
    return await fail(lane, job, token, cause as Error, false);
  }
}

async function fail(lane: Lane, job: BullJob, token: string, error: Error, isFinal: boolean): Promise<EndReport> {
  const { opts, attemptsMade, id = "" } = job;
  // A custom back-off is a function in the application's code, which is not loaded here: the next attempt follows at once.
  const { backoff, attempts = 1 } = opts;
  const isOwn = typeof backoff === "object" && backoff !== null && !builtInBackOffs.has(backoff.type);
  if (isOwn) delete opts.backoff;
  const isLast = isFinal || attemptsMade + 1 >= attempts;
  if (isLast && isRemoval(opts.removeOnFail)) await lane.saveCopy(id);
  const { name, message } = error;
  return await write(lane, job, { name, message }, () => job.moveToFailed(error, token));
}

async function write(
  lane: Lane,
  job: BullJob,
  failure: EndReport["failure"],
  move: () => Promise<unknown>,
): Promise<EndReport> {
  try {
    await move();
  } catch (cause) {
    if (!(await isEndWritten(lane, job))) throw cause;
    await adoptWrittenEnd(lane, job);
  }
  const { id = "", attemptsMade, finishedOn } = job;
  return { queue: lane.queue, id, failure, attemptsMade, finishedOn };
}

/** BullMQ recognizes a final failure by its class, even if the application has extended that class. */
function errorOf(api: Bull["api"], failure: NonNullable<UnwrittenEnd["failure"]>): Error {
  const { name, message, stack, isFinal } = failure;
  const error = isFinal ? new api.UnrecoverableError(message) : errorNamed(api, name, message);
  return Object.assign(error, { name, stack });
}

/** Whether a job is removed at its end. */
function isRemoval(option: BullJob["opts"]["removeOnFail"]): boolean {
  return option === true || option === 0 || (typeof option === "object" && option.count === 0);
}
