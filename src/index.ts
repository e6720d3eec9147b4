import { noteImport } from "./app/ready.ts";

export type {
  Forker,
  ForkerDefinition,
  LeavingProcess,
  Processor,
  QueueProcessor,
  WorkerInfo,
} from "./app/definition.ts";
export { defineForker } from "./app/definition.ts";
export { ForkerError, JobLockLostError, JobStoppedError, JobTimeoutError, WorkerStoppedError } from "./app/errors.ts";
export type { ForkerJob } from "./app/forker-job.ts";
export type { ForkerLogger } from "./app/logger-type.ts";
export { ready } from "./app/ready.ts";
export type { QueueListeners, QueueWorkerOptions } from "./app/worker-options.ts";

noteImport();
