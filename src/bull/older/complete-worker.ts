import type { BullJob, BullWorker } from "../library/bull-types.ts";
import { olderWorkerInternals, type WorkerInternals } from "../library/internals.ts";
import { markerMember } from "../library/key-layout.ts";
import { isBefore, type Version } from "../library/versions.ts";
import { LockRenewal } from "./lock-renewal.ts";

/**
 * Gives a Worker of an older version what it lacks, with the names and the meaning of the newest: a lock manager (from 5.64 on),
 * a fetch that does not wait (from 5.59 on), a rate limit that ends at a time (from 5.54 on), and a marker for the next idle
 * worker whenever a job is taken (from 5.28 on).
 */
export function completeWorker(worker: BullWorker, version: Version): void {
  if ("lockManager" in worker) return;
  addLockManager(worker);
  fetchAtOnce(worker, isBefore(version, "5.28"));
  if (!("isRateLimited" in worker)) makeLimitAbsolute(worker);
}

type MayFollow = () => boolean;

const mayFollow = new WeakMap<BullJob, MayFollow>();

/** Whether the Worker may take the next job when this job fails. From 5.11 to 5.39, BullMQ does not ask. */
export function mayFetchNext(job: BullJob): boolean {
  return mayFollow.get(job)?.() ?? true;
}

function addLockManager(worker: BullWorker): void {
  const locks = new LockRenewal(worker);
  Object.assign(worker, { lockManager: locks } satisfies Partial<WorkerInternals>);
  const older = olderWorkerInternals(worker);
  const processJob = older.processJob.bind(worker);
  worker.processJob = async (job: BullJob, token: string, fetchNext: MayFollow = () => true) => {
    mayFollow.set(job, fetchNext);
    try {
      return await processJob(job, token, fetchNext, locks);
    } finally {
      // V8's scavenger takes the values of a WeakMap for reachable, and the function refers to the job.
      mayFollow.delete(job);
    }
  };
}

/** A fetch waited for the end of a rate limit. Lane waits by itself. */
function fetchAtOnce(worker: BullWorker, setsMarker: boolean): void {
  const older = olderWorkerInternals(worker);
  older.getNextJob = async (token) => {
    const client = await older.client;
    const job = await older.moveToActive(client, token, worker.opts.name);
    // The job is taken, whatever happens to this. Missing markers are restored regularly.
    if (job !== undefined && setsMarker)
      await client.zadd(worker.toKey("marker"), 0, markerMember.job).catch(() => undefined);
    return job;
  };
}

/** Any time since 1973, in milliseconds since the epoch, and no delay. */
const firstInstant = 1e11;

/** `limitUntil` was the delay until the limit ends, although its name says otherwise. */
function makeLimitAbsolute(worker: BullWorker): void {
  let untilMs = 0;
  Object.defineProperty(worker, "limitUntil" satisfies keyof WorkerInternals, {
    get: () => untilMs,
    set: (value: number) => {
      untilMs = value > 0 && value < firstInstant ? Date.now() + value : value;
    },
  });
}
