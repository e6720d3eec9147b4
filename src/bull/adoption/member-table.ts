/** What a member of BullMQ's Worker does, if the Worker is adopted. */
export interface AdoptedMember {
  readonly inTemplate: string;
  readonly inWorker: string;
}

const asInBull = "As in BullMQ.";
const waits = "Waits, and continues in each worker.";
const same = { inTemplate: asInBull, inWorker: asInBull };
const later = { inTemplate: waits, inWorker: asInBull };
const internal = { inTemplate: "Not called.", inWorker: "As in BullMQ, which calls it for the jobs of the lane." };
const overridable = { inTemplate: "As in BullMQ: its constructor calls it.", inWorker: "Not called again." };

/**
 * Every public and protected member of a Worker, of BullMQ 5 and 6. The table in docs/ADOPTION.md is generated from it, and
 * test/unit/bull/adoption/member-table.test.ts compares it with BullMQ's type declarations.
 */
export const memberTable = {
  name: same,
  qualifiedName: same,
  keys: same,
  toKey: same,
  opts: {
    inTemplate: "As the application gave them, with BullMQ's defaults.",
    inWorker:
      "The same, except `name`, which then ends with forker's name for the process, and the defaults of `lockDuration` (`FORKER_LOCK_DURATION`) and `runRetryDelay` (1 s).",
  },
  id: { inTemplate: asInBull, inWorker: "A different one in each worker." },
  concurrency: {
    inTemplate: "As in BullMQ: each worker begins with it.",
    inWorker: "As in BullMQ: a change takes effect at once, in this worker. `@C` in `WORKLOAD` replaces it.",
  },
  on: same,
  once: same,
  off: same,
  emit: same,
  run: {
    inTemplate: "The jobs are taken in the workers; the promise settles there. Errors as in BullMQ.",
    inWorker:
      "The lane takes jobs from now on. Errors as in BullMQ. Resolves when the Worker is paused or closed and no job runs.",
  },
  isRunning: same,
  isPaused: same,
  pause: {
    inTemplate: "Each worker begins with a paused Worker.",
    inWorker: "As in BullMQ, for this worker: the lane takes no job, and the promise waits for the running ones.",
  },
  resume: {
    inTemplate: "Each worker begins with a Worker that takes jobs.",
    inWorker: "As in BullMQ, for this worker.",
  },
  close: {
    inTemplate: "No worker takes jobs with it.",
    inWorker:
      "As in BullMQ: waits for the running jobs; the connection stays open for the other Workers. With `true` it does not wait, but the jobs continue, and their ends are written. When the worker ends, forker closes the Workers that are open.",
  },
  disconnect: {
    inTemplate: "Does nothing.",
    inWorker: "Closes only a blocking connection of the Worker's own (see `getNextJob`).",
  },
  waitUntilReady: later,
  rateLimit: later,
  cancelJob: { inTemplate: "Returns false: no job runs.", inWorker: asInBull },
  cancelAllJobs: { inTemplate: "Does nothing: no job runs.", inWorker: asInBull },
  getNextJob: {
    inTemplate: waits,
    inWorker:
      "As in BullMQ; the first call that waits opens a blocking connection for this Worker. The application holds the job, not forker: it has no time limit, is not handed back, and is not in `forker status`. A worker that drains waits until the application has moved the job, and gives it no next one.",
  },
  processJob: { inTemplate: waits, inWorker: "As in BullMQ, for a job of `getNextJob`." },
  startStalledCheckTimer: {
    inTemplate: waits,
    inWorker:
      "While the lane takes jobs, the worker's maintenance looks for stalled jobs, every `stalledInterval`. Otherwise as in BullMQ.",
  },
  extendJobLocks: later,
  jobScheduler: later,
  repeat: later,
  client: { inTemplate: waits, inWorker: "The connection that all Workers of the process share." },
  backend: {
    inTemplate: "A Redis backend whose commands wait.",
    inWorker: "The lane's backend, on the connection that all Workers of the process share.",
  },
  getBackend: { inTemplate: "The same as `backend`.", inWorker: "The same as `backend`." },
  redisVersion: { inTemplate: "`5.0.0`, BullMQ's minimum.", inWorker: asInBull },
  databaseType: { inTemplate: "`redis`.", inWorker: asInBull },
  minimumBlockTimeout: same,
  maximumBlockTimeout: same,
  delay: same,
  closing: same,
  trace: same,
  RateLimitError: same,
  scripts: later,
  // Protected: for subclasses.
  closed: same,
  paused: same,
  running: same,
  processFn: {
    inTemplate: asInBull,
    inWorker: "Performs the job as forker does, and calls the application's processor.",
  },
  lockManager: {
    inTemplate: "As in BullMQ, without a job.",
    inWorker: "A different one in each worker, with its options.",
  },
  mainLoopRunning: { inTemplate: "`null`.", inWorker: "`null`: the lane takes the place of the loop." },
  _jobScheduler: same,
  hasBlockingConnection: same,
  backendFactory: { inTemplate: asInBull, inWorker: "Not called." },
  connection: {
    inTemplate: "Stands for the connection of the worker.",
    inWorker: "The same object: it passes on to the connection that all Workers of the process share.",
  },
  Job: same,
  base64Name: same,
  clientName: same,
  checkConnectionError: same,
  createBackend: overridable,
  createScripts: overridable,
  createSandbox: overridable,
  createLockManager: {
    inTemplate: "As in BullMQ: its constructor calls it.",
    inWorker: "Called again, when the lane begins to use the Worker.",
  },
  callProcessJob: internal,
  createJob: {
    inTemplate: "Not called.",
    inWorker: "Replaced: a job whose data is not JSON becomes one that fails with that reason.",
  },
  nextJobFromJobData: internal,
  moveToActive: internal,
  handleCompleted: internal,
  handleFailed: internal,
  getBlockTimeout: same,
  getRateLimitDelay: same,
} as const satisfies Readonly<Record<string, AdoptedMember>>;
