import type { Bull } from "../library/load-bull.ts";

/**
 * The reasons of a job's AbortSignal. The application may carry another copy of these classes than the worker that aborts
 * (the public API and the entrypoint are two bundles), so `instanceof` goes by the stable code.
 */
/** The job was told to stop, its worker goes on: SIGUSR1, or `forker stop-job`. */
export class JobStoppedError extends Error {
  override readonly name = "JobStoppedError";
  readonly code = "ERR_FORKER_JOB_STOPPED";

  constructor(message = "job stopped by SIGUSR1") {
    super(message);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return codeOf(value) === "ERR_FORKER_JOB_STOPPED";
  }
}

/** The job ran for longer than its queue's time limit. It fails with this, and is tried again if it has attempts left. */
export class JobTimeoutError extends Error {
  override readonly name = "JobTimeoutError";
  readonly code = "ERR_FORKER_JOB_TIMEOUT";

  static override [Symbol.hasInstance](value: unknown): boolean {
    return codeOf(value) === "ERR_FORKER_JOB_TIMEOUT";
  }
}

/** The whole worker stops now: SIGTERM. The job is handed back to its queue, whatever its processor does with this. */
export class WorkerStoppedError extends Error {
  override readonly name = "WorkerStoppedError";
  readonly code = "ERR_FORKER_WORKER_STOPPED";

  constructor(message = "worker stopped, the job is handed back") {
    super(message);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return codeOf(value) === "ERR_FORKER_WORKER_STOPPED";
  }
}

/** Another worker has the job: its lock was lost. Whatever this run comes to is not recorded. */
export class JobLockLostError extends Error {
  override readonly name = "JobLockLostError";
  readonly code = "ERR_FORKER_JOB_LOCK_LOST";

  static override [Symbol.hasInstance](value: unknown): boolean {
    return codeOf(value) === "ERR_FORKER_JOB_LOCK_LOST";
  }
}

/** The error of a job's end that was written in another process. Of other classes only the name is known. */
export function errorNamed({ UnrecoverableError }: Bull["api"], name: string, message: string): Error {
  switch (name) {
    case "UnrecoverableError":
      return new UnrecoverableError(message);
    case "JobStoppedError":
      return new JobStoppedError(message);
    case "JobTimeoutError":
      return new JobTimeoutError(message);
    default:
      return Object.assign(new Error(message), { name });
  }
}

function codeOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "code" in value ? value.code : undefined;
}
