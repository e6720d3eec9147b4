/**
 * The protocol between a worker and its runners, over the worker's own socket. A runner dials when it is ready for a job, and
 * speaks first. EOF means that the peer is dead or done: a runner that reads EOF exits, and a worker learns from init how its runner
 * ended.
 *
 *   runner → worker
 *     hello       The runner is primed. `secret` is the worker's.
 *     started     The runner has got the job. No code of the application has run for it yet.
 *     progress    The processor has reported its progress, which is written to Redis.
 *     stopAsked   A person has sent USR1 to the runner.
 *     ended       The processor has returned (`result`) or thrown (`failure`). The runner exits next.
 *   worker → runner
 *     run         Run this job.
 *     abort       Abort the job's signal.
 */
import * as v from "valibot";
import type { ChannelLimits } from "./channel.ts";
import { count, text } from "./fields.ts";

/** Data can be as long as a string in V8, and a processor may report its progress at any rate. */
export const runnerChannelLimits: ChannelLimits = { longestLine: 2 ** 29 - 25, isUnmetered: true };

/** Neither side cuts these short: they are the application's data. */
const data = v.string();

const thrown = v.object({
  name: data,
  message: data,
  stack: v.optional(data),
  /** Properties of its own that are JSON, such as `code`: a JSON object. */
  fields: v.optional(data),
  /** The error that caused it. */
  cause: v.optional(data),
  /** Whether the job must not be retried. */
  isFinal: v.boolean(),
});
export type Thrown = v.InferOutput<typeof thrown>;

export const runnerHello = v.object({ kind: v.literal("hello"), secret: text, runner: count, pid: count });

export const runnerMessage = v.variant("kind", [
  v.object({ kind: v.literal("started") }),
  v.object({ kind: v.literal("progress"), progress: data }),
  v.object({ kind: v.literal("stopAsked") }),
  v.object({
    kind: v.literal("ended"),
    /** JSON. Absent with `failure`, or if the processor returned nothing. */
    result: v.optional(data),
    failure: v.optional(thrown),
    /** The job's data as JSON, if the processor has changed them. */
    data: v.optional(data),
    /** The processor has called `job.discard()`, which version 5 has. */
    isDiscarded: v.optional(v.boolean()),
  }),
]);
export type RunnerMessage = v.InferOutput<typeof runnerMessage>;
export const fromRunner = v.variant("kind", [runnerHello, ...runnerMessage.options]);

export type WorkerToRunner =
  | {
      readonly kind: "run";
      readonly queue: string;
      readonly token: string;
      /** The properties of the Job that are JSON. */
      readonly job: Readonly<Record<string, unknown>>;
      /** What the runner's spans continue. */
      readonly trace?: string;
    }
  | { readonly kind: "abort"; readonly reason: AbortReason };

/** The reason of a job's AbortSignal. */
export interface AbortReason {
  readonly name: string;
  readonly message: string;
}
