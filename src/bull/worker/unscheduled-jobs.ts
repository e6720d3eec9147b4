import type { JobScheduler } from "bullmq";
import type { BullJob, BullWorker } from "../library/bull-types.ts";
import { jobSchedulerOf, replaceJobScheduler, workerInternals } from "../library/internals.ts";

/** A job of a scheduler that was taken, and whose next iteration BullMQ could not create. */
export interface Unscheduled {
  readonly cause: unknown;
  /** Tries again to create it. */
  retry(): Promise<void>;
}

type Upsert = JobScheduler["upsertJobScheduler"];

const unscheduled = new WeakMap<BullJob, Unscheduled>();

/** undefined: it is no scheduler's, or its next iteration was created. */
export function unscheduledOf(job: BullJob): Unscheduled | undefined {
  return unscheduled.get(job);
}

/**
 * BullMQ creates the next iteration of a scheduler when it takes a job, and forgets the job if it cannot: the job stays active,
 * and nobody works on it. This Worker gives every job that it has taken, and says of such a one what it still lacks.
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
