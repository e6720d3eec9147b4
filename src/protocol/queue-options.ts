import * as v from "valibot";
import { bestPattern } from "../config/queue-pattern.ts";
import { text } from "./fields.ts";

const positive = v.pipe(v.number(), v.finite(), v.minValue(0));
const keepJobs = v.object({
  age: v.optional(v.number()),
  count: v.optional(v.number()),
  limit: v.optional(v.number()),
});

/** The Worker options of the queues of one pattern, as far as init and the keeper act on them. The functions stay in the workers. */
export const queueOptions = v.object({
  /** A queue's name or a glob: a key of the definition's processors. */
  pattern: text,
  concurrency: v.optional(v.pipe(v.number(), v.finite(), v.minValue(1))),
  lockDurationMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(1))),
  maxStalledCount: v.optional(positive),
  maxStartedAttempts: v.optional(positive),
  removeOnComplete: v.optional(keepJobs),
  removeOnFail: v.optional(keepJobs),
  metrics: v.optional(v.object({ maxDataPoints: v.optional(positive) })),
  skipStalledCheck: v.optional(v.boolean()),
  /** Whether the back-off of its jobs may be a function of the application. */
  hasBackOffStrategy: v.optional(v.boolean()),
});
export type QueueOptions = v.InferOutput<typeof queueOptions>;

/** Whether init and the keeper can use this value. BullMQ does not check all that an application gives its Workers. */
export function isReadable(field: keyof QueueOptions, value: unknown): boolean {
  return v.is(queueOptions.entries[field], value);
}

const none: QueueOptions = { pattern: "" };

/** The options of a queue: by its own name, or else by the matching glob with the most literal characters. */
export function optionsOfQueue(all: readonly QueueOptions[], queue: string): QueueOptions {
  if (all.length === 0) return none;
  const best = bestPattern(
    all.map(({ pattern }) => pattern),
    queue,
  );
  return all.find(({ pattern }) => pattern === best) ?? none;
}

export function shortestLockMs(all: readonly QueueOptions[], defaultMs: number): number {
  return Math.min(defaultMs, ...all.map(({ lockDurationMs }) => lockDurationMs ?? defaultMs));
}

/** The longest lock of these queues. */
export function longestLockMs(all: readonly QueueOptions[], queues: readonly string[], defaultMs: number): number {
  return Math.max(defaultMs, ...queues.map((queue) => optionsOfQueue(all, queue).lockDurationMs ?? defaultMs));
}
