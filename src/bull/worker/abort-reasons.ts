// The reasons of a job's AbortSignal. src/app/error-classes.ts gives these classes to the application.

/** SIGUSR1 or `forker stop-job` stopped the job. Its worker continues. */
export class JobStoppedError extends Error {
  override readonly name = "JobStoppedError";
  readonly code = "ERR_FORKER_JOB_STOPPED";

  constructor(message = "job stopped by SIGUSR1") {
    super(message);
  }
}

/** The job ran for longer than its queue's time limit. It fails with this error, and is retried if it has attempts left. */
export class JobTimeoutError extends Error {
  override readonly name = "JobTimeoutError";
  readonly code = "ERR_FORKER_JOB_TIMEOUT";
}

/** SIGTERM stopped the whole worker. The job is handed back to its queue, whatever its processor does with this error. */
export class WorkerStoppedError extends Error {
  override readonly name = "WorkerStoppedError";
  readonly code = "ERR_FORKER_WORKER_STOPPED";

  constructor(message = "worker stopped: the job is handed back") {
    super(message);
  }
}

/** The job's lock was lost, and another worker has the job or will get it. The outcome of this run is not recorded. */
export class JobLockLostError extends Error {
  override readonly name = "JobLockLostError";
  readonly code = "ERR_FORKER_JOB_LOCK_LOST";
}
