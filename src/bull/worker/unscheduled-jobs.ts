import type { BullJob, BullWorker } from "../library/bull-types.ts";
import {
  type JobHash,
  mayRepeat,
  replaceScheduler,
  schedulerOf,
  schedulers,
  workerInternals,
} from "../library/internals.ts";

/** A scheduler's job that was taken, and whose next iteration BullMQ could not create. */
export interface Unscheduled {
  readonly cause: unknown;
  /** Tries again to create the next iteration. */
  retry(): Promise<void>;
}

type Create = (...call: unknown[]) => Promise<unknown>;

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
  /** By the id of the job. */
  const failed = new Map<string, Unscheduled>();
  /** The ids of the jobs by their options, which BullMQ passes on as they are. Not every version passes the id. */
  const ids = new WeakMap<object, string>();
  for (const [name, methods] of Object.entries(schedulers) as Entries) {
    if (!(name in worker)) continue;
    let scheduler: Promise<object> | undefined;
    const get = async () => noteFailures((await schedulerOf(worker, name)) ?? {}, methods, ids, failed);
    replaceScheduler(worker, name, () => (scheduler ??= get()));
  }
  const create = internals.createJob.bind(worker);
  internals.createJob = (data, id) => {
    const job = create(data, id);
    if (job.repeatJobKey !== undefined || "repeat" in job.opts) ids.set(job.opts, id);
    return job;
  };
  const next = internals.nextJobFromJobData.bind(worker);
  internals.nextJobFromJobData = (data, id, token) =>
    mayRepeat(data) ? nextOfScheduler(data, id, token) : next(data, id, token);
  const nextOfScheduler = async (data: JobHash, id: string, token: string) => {
    // Before 5.59, this rejects instead of forgetting the job.
    const job = await next(data, id, token).catch((cause: unknown) => {
      if (!failed.has(id)) throw cause;
      return undefined;
    });
    const failure = failed.get(id);
    if (job !== undefined || failure === undefined) return job;
    failed.delete(id);
    const taken = Object.assign(internals.createJob(data, id), { token });
    unscheduled.set(taken, failure);
    // BullMQ has not emitted it, because it gave up the job.
    worker.emit("active", taken, "waiting");
    return taken;
  };
}

type Entries = [keyof typeof schedulers, readonly string[]][];

function noteFailures(
  scheduler: object,
  methods: readonly string[],
  ids: WeakMap<object, string>,
  failed: Map<string, Unscheduled>,
): object {
  const found = scheduler as Record<string, Create | undefined>;
  for (const name of methods) {
    const create = found[name]?.bind(scheduler);
    if (create === undefined) continue;
    found[name] = async (...call) => {
      const options = call.find((one) => typeof one === "object" && one !== null && ids.has(one)) ?? {};
      const id = ids.get(options) ?? "";
      try {
        const created = await create(...call);
        failed.delete(id);
        return created;
      } catch (cause) {
        failed.set(id, { cause, retry: async () => void (await create(...call)) });
        throw cause;
      }
    };
  }
  return scheduler;
}
