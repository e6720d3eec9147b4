import type { JobEnding } from "../../protocol/dead-worker.ts";
import type { EndReport } from "../../protocol/messages.ts";
import type { UnwrittenEnd } from "../../protocol/unwritten-end.ts";
import type { HeldLock } from "../keys/held-locks.ts";
import type { BullJob } from "../library/bull-types.ts";
import type { Bull } from "../library/load-bull.ts";
import { acceptWrittenEnd, isMade } from "./accept-written-end.ts";
import { finalOf } from "./error-kind.ts";
import { errorNamed } from "./error-named.ts";
import type { RegainParts } from "./hand-back.ts";
import type { Lane } from "./lane.ts";
import { isInsideScript, refusalOf, refusesCompletion } from "./refusals.ts";

export interface EndParts extends RegainParts {
  readonly bull: Bull;
}

const builtInBackOffs = new Set(["fixed", "exponential"]);

/** How a job fails: for good, or with this error and a retry if attempts are left. */
export type Verdict = Pick<JobEnding, "message"> &
  ({ readonly outcome: "fail" } | ({ readonly outcome: "retry" } & Pick<JobEnding, "error">));

/** Fails a job of a dead worker, for good or for this attempt. Resolves with undefined if the job no longer exists. */
export async function endJob(
  parts: EndParts,
  lane: Lane,
  { id, token }: HeldLock,
  { message, ...verdict }: Verdict,
): Promise<EndReport | undefined> {
  const job = await lane.find(id, "toEnd");
  if (job === undefined) return undefined;
  const isFinal = verdict.outcome === "fail";
  const name = verdict.outcome === "fail" ? "UnrecoverableError" : verdict.error;
  return await fail(parts, lane, job, token, errorNamed(parts.bull.api, name, message), isFinal);
}

/**
 * Writes the end that a job reached before its worker ended. Resolves with undefined if the job no longer exists, or has been
 * started again.
 */
export async function writeUnwrittenEnd(
  parts: EndParts,
  lane: Lane,
  { id, token }: HeldLock,
  { starts, ends, stacks, result, failure }: UnwrittenEnd,
): Promise<EndReport | undefined> {
  const job = await lane.find(id, "toEnd");
  if (job?.attemptsStarted !== starts || job.attemptsMade !== ends) return undefined;
  // A script that Redis refused halfway may have written the stack.
  if (stacks !== undefined) job.stacktrace = (job.stacktrace ?? []).slice(0, stacks);
  if (failure !== undefined)
    return await fail(parts, lane, job, token, errorOf(parts.bull.api, failure), failure.isFinal);
  const isRemoved = isRemoval(job.opts.removeOnComplete, lane.traits.removesCompleted);
  if (isRemoved) await lane.saveCopy(id, result);
  try {
    const value: unknown = result === undefined ? undefined : JSON.parse(result);
    const move = () => job.moveToCompleted(value, token, false);
    return await write(parts, { lane, job, token, isRemoved }, undefined, move);
  } catch (cause) {
    if (refusalOf(cause) !== "final") throw cause;
    // It has returned, and must not run again because Redis cannot complete it.
    if (refusesCompletion(cause)) return await fail(parts, lane, job, token, finalOf(parts.bull.api, cause), true);
    // For example, the job still has children to wait for: BullMQ fails it with that error.
    return await fail(parts, lane, job, token, cause as Error, false);
  }
}

async function fail(
  parts: EndParts,
  lane: Lane,
  job: BullJob,
  token: string,
  error: Error,
  isFinal: boolean,
): Promise<EndReport> {
  const { id = "" } = job;
  const isRemoved = (isFinal || mayBeLast(lane, job)) && isRemoval(job.opts.removeOnFail, lane.traits.removesFailed);
  if (isRemoved) await lane.saveCopy(id);
  const { name, message } = error;
  const move = () => job.moveToFailed(error, token);
  return await write(parts, { lane, job, token, isRemoved }, { name, message }, move);
}

interface Ended {
  readonly lane: Lane;
  readonly job: BullJob;
  readonly token: string;
  /** The job is removed at this end. */
  readonly isRemoved: boolean;
}

async function write(
  { locks }: EndParts,
  { lane, job, token, isRemoved }: Ended,
  failure: EndReport["failure"],
  move: () => Promise<unknown>,
): Promise<EndReport> {
  const { id = "", attemptsStarted: starts, attemptsMade: ends } = job;
  try {
    await move();
  } catch (cause) {
    if (refusalOf(cause) === "final") throw cause;
    const isPartial = isInsideScript(cause);
    const kind = failure === undefined ? "complete" : "fail";
    const fate = await locks.regain(lane.keys, lane.lockDurationMs, { id, token, starts, ends }, kind, isPartial);
    // ioredis sends a command again whose reply was lost, and Redis then refuses it.
    const mayBeLost = fate !== "gone" || isRemoved;
    if (fate === "ours" || !isMade(kind, fate, { mayBeLost, isPartial })) throw cause;
    await acceptWrittenEnd(lane, job, fate);
  }
  return { queue: lane.queue, id, failure, attemptsMade: ends + 1, finishedOn: job.finishedOn };
}

/** BullMQ recognizes a final failure by its class, even if the application has extended that class. */
function errorOf(api: Bull["api"], failure: NonNullable<UnwrittenEnd["failure"]>): Error {
  const { name, message, stack, isFinal } = failure;
  const error = isFinal ? new api.UnrecoverableError(message) : errorNamed(api, name, message);
  return Object.assign(error, { name, stack });
}

/** Whether this failed attempt may be the job's last. The application's own back-off strategy can decide that, too. */
function mayBeLast({ traits }: Lane, { opts, attemptsMade, attemptsStarted }: BullJob): boolean {
  const { backoff, attempts = 1 } = opts;
  const isOwn = typeof backoff === "object" && backoff !== null && !builtInBackOffs.has(backoff.type);
  return isOwn || attemptsMade + 1 >= attempts || attemptsStarted >= (traits.maxStartedAttempts ?? Infinity);
}

/** Whether a job is removed at its end, by its own option or that of its queue. */
function isRemoval(option: BullJob["opts"]["removeOnFail"], byQueue: boolean): boolean {
  if (option === undefined) return byQueue;
  return option === true || option === 0 || (typeof option === "object" && option.count === 0);
}
