import type { JobScheduler } from "bullmq";
import type { BullJob, BullWorker } from "../library/bull-types.ts";
import { jobSchedulerOf, replaceJobScheduler, workerInternals } from "../library/internals.ts";

/** A scheduler's job that was taken, and whose next iteration BullMQ could not create. */
export interface Unscheduled {
  readonly cause: unknown;
  /** Tries again to create the next iteration. */
  retry(): Promise<void>;
}

type Upsert = JobScheduler["upsertJobScheduler"];

const unscheduled = new WeakMap<BullJob, Unscheduled>();

/** undefined: the job belongs to no scheduler, or its next iteration was created. */
export function unscheduledOf(job: BullJob): Unscheduled | undefined {
  return unscheduled.get(job);
}

/**
 * BullMQ creates a scheduler's next iteration when it takes a job. If that fails, BullMQ forgets the job, which stays active
 * although no worker runs it. This makes the Worker return every job that it has taken, and records which of them lack a next
 * iteration.
 */
export function keepUnscheduled(worker: BullWorker): void {
  const internals = workerInternals(worker);
  const failed = new Map<string, Unscheduled>();
  const next = internals.nextJobFromJobData.bind(worker);
  let scheduler: Promise<JobScheduler> | undefined;
  replaceJobScheduler(worker, () => (scheduler ??= noteFailures(jobSchedulerOf(worker), failed)));
  internals.nextJobFromJobData = async (data, id, token) => {
    const job = await next(data, id, token);
    const failure = failed.get(id);
    if (job !== undefined || data === undefined || failure === undefined) return job;
    failed.delete(id);
    const taken = Object.assign(internals.createJob(data, id), { token });
    unscheduled.set(taken, failure);
    return taken;
  };
}

async function noteFailures(made: Promise<JobScheduler>, failed: Map<string, Unscheduled>): Promise<JobScheduler> {
  const scheduler = await made;
  const upsert = scheduler.upsertJobScheduler.bind(scheduler);
  const noted = async (...call: Parameters<Upsert>) => {
    const [, , , , , { producerId = "" }] = call;
    try {
      const job = await upsert(...call);
      failed.delete(producerId);
      return job;
    } catch (cause) {
      failed.set(producerId, { cause, retry: async () => void (await upsert(...call)) });
      throw cause;
    }
  };
  return Object.assign(scheduler, { upsertJobScheduler: noted });
}
