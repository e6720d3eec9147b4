import type * as reasons from "../bull/worker/abort-reasons.ts";
import type { ForkerError as ForkerErrorClass } from "../exit/forker-error.ts";
import { errorClasses } from "./error-classes.ts";

const classes = errorClasses();

/** A mistake that `setup` made, such as a malformed workload. */
export const ForkerError: typeof ForkerErrorClass = classes.ForkerError;
export type ForkerError = ForkerErrorClass;

/** The job's lock was lost, and another worker has the job or will get it, or it was removed: a reason of a processor's `signal`. */
export const JobLockLostError: typeof reasons.JobLockLostError = classes.JobLockLostError;
export type JobLockLostError = reasons.JobLockLostError;

/** The job was stopped by USR1 or `forker stop-job`: a reason of a processor's `signal`. */
export const JobStoppedError: typeof reasons.JobStoppedError = classes.JobStoppedError;
export type JobStoppedError = reasons.JobStoppedError;

/** The job ran for longer than its time limit: a reason of a processor's `signal`, and the error of `onFailure`. */
export const JobTimeoutError: typeof reasons.JobTimeoutError = classes.JobTimeoutError;
export type JobTimeoutError = reasons.JobTimeoutError;

/** The worker stops, and the job is handed back: a reason of a processor's `signal`. */
export const WorkerStoppedError: typeof reasons.WorkerStoppedError = classes.WorkerStoppedError;
export type WorkerStoppedError = reasons.WorkerStoppedError;
