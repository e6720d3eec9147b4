import type { Bull } from "../../bull/library/load-bull.ts";
import { WorkerStoppedError } from "../../bull/worker/abort-reasons.ts";
import { errorOf } from "../../bull/worker/error-of.ts";
import { fieldsOf } from "../../bull/worker/job-fields.ts";
import { thrownError } from "../../bull/worker/thrown-error.ts";
import type { RunnerFate } from "../../protocol/messages.ts";
import type { RunnerMessage } from "../../protocol/runner-messages.ts";
import type { HeldJob } from "../jobs/held-job.ts";
import type { RunnerChannel } from "./runner-socket.ts";

/** A runner of this worker, from its first message until init has reported its end. */
export interface Runner {
  readonly id: number;
  readonly pid: number;
  readonly channel: RunnerChannel;
  work: Work | undefined;
  /** It has got the job: the application's code may have run for it. */
  hasStarted: boolean;
  /** It is killed because it had not got the job in time. It may get it before it ends. */
  isLate: boolean;
  isClosed: boolean;
  /** init's report of its end. */
  end: { readonly fate: RunnerFate; readonly why: string } | undefined;
}

/** An isolated job. */
export interface Work {
  readonly held: HeldJob;
  /** The context of the job's span, in the form in which BullMQ's telemetry passes it on. */
  readonly trace: string | undefined;
  readonly signal: AbortSignal;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  isOver: boolean;
  /** How many runners have ended before they started it. */
  unstarted: number;
}

export function handBack({ held, reject }: Work, why: string): void {
  const reason = new WorkerStoppedError(why);
  held.ending ??= { reason, outcome: "handback" };
  reject(reason);
}

export function sendJob({ channel }: Runner, { held: { lane, job, token }, trace }: Work): void {
  channel.send({ kind: "run", queue: lane.queue, token, job: fieldsOf(job), ...(trace !== undefined && { trace }) });
}

/** Ends a job as its runner has reported. */
export function settleAsReported(
  { held: { job }, resolve, reject }: Work,
  { result, failure, data, isDiscarded }: Extract<RunnerMessage, { kind: "ended" }>,
  bull: Bull,
): void {
  if (data !== undefined) job.data = JSON.parse(data) as unknown;
  if (isDiscarded === true) Object.assign(job, { discarded: true });
  if (failure === undefined) resolve(result === undefined ? undefined : JSON.parse(result));
  else reject(thrownError(bull.api, failure));
}

export function sendAbort({ channel }: Runner, reason: unknown): void {
  const { name, message }: { readonly name: unknown; readonly message: unknown } = errorOf(reason);
  channel.send({ kind: "abort", reason: { name: String(name), message: String(message) } });
}
