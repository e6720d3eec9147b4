import type { Bull } from "../library/load-bull.ts";

// The reasons of a job's AbortSignal. The application has no access to these classes: it tells them by `name` or `code`.

/** The job was told to stop, its worker goes on: SIGUSR1, or `forker stop-job`. */
export class JobStoppedError extends Error {
  override readonly name = "JobStoppedError";
  readonly code = "ERR_FORKER_JOB_STOPPED";

  constructor(message = "job stopped by SIGUSR1") {
    super(message);
  }
}

/** The job ran for longer than its queue's time limit. It fails with this, and is tried again if it has attempts left. */
export class JobTimeoutError extends Error {
  override readonly name = "JobTimeoutError";
  readonly code = "ERR_FORKER_JOB_TIMEOUT";
}

/** The whole worker stops now: SIGTERM. The job is handed back to its queue, whatever its processor does with this. */
export class WorkerStoppedError extends Error {
  override readonly name = "WorkerStoppedError";
  readonly code = "ERR_FORKER_WORKER_STOPPED";

  constructor(message = "worker stopped, the job is handed back") {
    super(message);
  }
}

/** Another worker has the job: its lock was lost. Whatever this run comes to is not recorded. */
export class JobLockLostError extends Error {
  override readonly name = "JobLockLostError";
  readonly code = "ERR_FORKER_JOB_LOCK_LOST";
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
