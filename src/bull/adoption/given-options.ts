import type { WorkerOptions } from "bullmq";

/** BullMQ's own values of these options. */
const defaults: Readonly<Record<string, unknown>> = {
  prefix: "bull",
  autorun: true,
  concurrency: 1,
  drainDelay: 5,
  lockDuration: 30_000,
  maximumRateLimitDelay: 30_000,
  maxStalledCount: 1,
  stalledInterval: 30_000,
  runRetryDelay: 15_000,
};
/** BullMQ's constructor adds it for itself. */
const added = "blockingConnection";

/**
 * The options that the application gave to a Worker, which has them mixed with BullMQ's defaults. One that is the same as its
 * default counts as not given.
 */
export function givenOptions(options: WorkerOptions): WorkerOptions {
  const renewal = (options.lockDuration ?? 0) / 2;
  const given = Object.entries(options).filter(
    ([name, value]) => name !== added && value !== defaults[name] && !(name === "lockRenewTime" && value === renewal),
  );
  return Object.fromEntries(given) as unknown as WorkerOptions;
}
