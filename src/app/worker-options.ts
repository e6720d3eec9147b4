import type { WorkerListener, WorkerOptions } from "../bull/library/job-type.ts";
import type { ForkerJob } from "./forker-job.ts";

/** The names of the Worker options that a definition can give. docs/WORKER-OPTIONS.md says what forker does with each. */
export type WorkerOptionName =
  | "blockingConnection"
  | "concurrency"
  | "drainDelay"
  | "limiter"
  | "lockDuration"
  | "lockRenewTime"
  | "maximumRateLimitDelay"
  | "maxStalledCount"
  | "maxStartedAttempts"
  | "metrics"
  | "name"
  | "removeOnComplete"
  | "removeOnFail"
  | "runRetryDelay"
  | "settings"
  | "skipStalledCheck"
  | "skipVersionCheck"
  | "stalledInterval"
  | "telemetry";

/** BullMQ's Worker options, with the types of the installed version. An option that this version lacks cannot be given. */
export type QueueWorkerOptions = {
  readonly [Name in WorkerOptionName]?: (Name extends keyof WorkerOptions ? WorkerOptions[Name] : never) | undefined;
};

/**
 * Listeners of a BullMQ Worker's events, with BullMQ's own signatures: `{ failed: (job, error, previous) => … }`. Where BullMQ is
 * not installed, and WorkerListener is `any`, which has every key: those about jobs.
 */
export type QueueListeners = string extends keyof WorkerListener
  ? CommonListeners
  : { readonly [Event in keyof WorkerListener]?: WorkerListener[Event] | undefined };

interface CommonListeners {
  readonly active?: ((job: ForkerJob, previous: string) => void) | undefined;
  readonly completed?: ((job: ForkerJob, result: unknown, previous: string) => void) | undefined;
  readonly failed?: ((job: ForkerJob | undefined, error: Error, previous: string) => void) | undefined;
  readonly progress?: ((job: ForkerJob, progress: unknown) => void) | undefined;
  readonly stalled?: ((jobId: string, previous: string) => void) | undefined;
  readonly drained?: (() => void) | undefined;
  readonly error?: ((error: Error) => void) | undefined;
}
