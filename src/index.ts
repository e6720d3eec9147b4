export type { Forker, ForkerDefinition, ForkerJob, LeavingProcess, Processor, WorkerInfo } from "./app/definition.ts";
export { defineForker } from "./app/definition.ts";
export { ForkerError, JobLockLostError, JobStoppedError, JobTimeoutError, WorkerStoppedError } from "./app/errors.ts";
export type { ForkerLogger } from "./app/logger-type.ts";
