import type { Job, JobScheduler, RedisConnection, Worker, WorkerOptions } from "bullmq";
import type { BullJob, BullProcessor, BullWorker } from "./bull-types.ts";

/*
 * The inventory: every name of BullMQ's classes that forker uses or replaces although BullMQ does not guarantee it. All
 * access goes through the functions of this file. check-internals.ts looks for the names in the application's version;
 * test/process/bullmq-contract.test.ts checks what they do in each supported major version. key-layout.ts is the same for the
 * keys in Redis.
 */

/** A job's hash as BullMQ passes it to `Job.fromJSON`. */
export type JobHash = Parameters<typeof Job.fromJSON>[1];
export type JobOwner = Parameters<typeof Job.fromJSON>[0];

export interface WorkerInternals {
  /** The time until which the queue is rate-limited, in milliseconds since the epoch; 0 if it is not. */
  limitUntil: number;
  /** When the next delayed job is due, according to the last fetch that found no job; 0 for never. */
  readonly blockUntil: number;
  readonly lockManager: LockManagerInternals;
  readonly jobScheduler: Promise<JobScheduler>;
  createJob(hash: JobHash, jobId: string): BullJob;
  nextJobFromJobData(hash: JobHash | undefined, jobId: string, token: string): Promise<BullJob | undefined>;
  moveStalledJobsToWait(): Promise<void>;
}

interface LockManagerInternals {
  start(): void;
  untrackJob(jobId: string): void;
  close(): Promise<void>;
}

interface BackendInternals {
  /** Runs a script. The reply of a script that takes a job begins with the job's whole hash and its id. */
  execCommand(...call: unknown[]): Promise<unknown>;
}

/** What `RedisQueueBackend.getJobData` needs to read a hash. */
interface HashReader {
  readonly queue: {
    readonly client: Promise<{ hgetall(): Promise<Record<string, unknown>> }>;
    readonly toKey: (type: string) => string;
  };
}

/** BullMQ selects its scripts by these. */
interface ConnectionInternals {
  version: string;
  dbType: string;
}

/** "field": set by the constructor. "getter", "method": on the prototype. "static": on the class itself. */
export type NameKind = "field" | "getter" | "method" | "static";

export interface InternalsOfClass {
  readonly class: "Worker" | "LockManager" | "Job" | "JobScheduler" | "RedisConnection" | "RedisQueueBackend";
  readonly sinceMajor: number;
  readonly names: Readonly<Record<string, NameKind>>;
}

/** The first major version in which a Worker takes a backend, which can share a connection. */
export const firstMajorWithBackends = 6;

export const inventory: readonly InternalsOfClass[] = [
  {
    class: "Worker",
    sinceMajor: 5,
    names: {
      limitUntil: "field",
      blockUntil: "field",
      lockManager: "field",
      jobScheduler: "getter",
      createJob: "method",
      nextJobFromJobData: "method",
      moveStalledJobsToWait: "method",
    } satisfies Record<keyof WorkerInternals, NameKind>,
  },
  {
    class: "LockManager",
    sinceMajor: 5,
    names: { start: "method", untrackJob: "method", close: "method" } satisfies Record<
      keyof LockManagerInternals,
      NameKind
    >,
  },
  // These are public, but forker replaces them, so BullMQ's Worker must call them.
  {
    class: "Job",
    sinceMajor: 5,
    names: { fromJSON: "static", moveToCompleted: "method", moveToFailed: "method", moveToWait: "method" },
  },
  { class: "JobScheduler", sinceMajor: 5, names: { upsertJobScheduler: "method" } },
  { class: "RedisConnection", sinceMajor: 5, names: { minimumVersion: "static" } },
  {
    class: "RedisConnection",
    sinceMajor: firstMajorWithBackends,
    names: { version: "field", dbType: "field" } satisfies Record<keyof ConnectionInternals, NameKind>,
  },
  {
    class: "RedisQueueBackend",
    sinceMajor: firstMajorWithBackends,
    names: { execCommand: "method", getJobData: "method" } satisfies Record<keyof BackendInternals, NameKind> &
      Record<"getJobData", NameKind>,
  },
];

/** The codes of BullMQ's errors for a job that the caller does not hold, by their names in BullMQ's ErrorCode. */
export const errorCode = { JobNotExist: -1, JobLockNotExist: -2, JobNotInState: -3, JobLockMismatch: -6 } as const;

export function workerInternals(worker: BullWorker): WorkerInternals {
  return worker as unknown as WorkerInternals;
}

/** Reads the getter of the class, and not the worker's own property of the same name. */
export function jobSchedulerOf(worker: BullWorker): Promise<JobScheduler> {
  const name = "jobScheduler" satisfies keyof WorkerInternals;
  return Reflect.get(Object.getPrototypeOf(worker) as object, name, worker) as Promise<JobScheduler>;
}

export function replaceJobScheduler(worker: BullWorker, get: () => Promise<JobScheduler>): void {
  Object.defineProperty(worker, "jobScheduler" satisfies keyof WorkerInternals, { get });
}

export function backendInternals(backend: object): BackendInternals {
  return backend as unknown as BackendInternals;
}

export function connectionInternals(connection: RedisConnection): ConnectionInternals {
  return connection as unknown as ConnectionInternals;
}

/** From version 6 on, BullMQ decodes a hash when it reads it. This passes its reader a hash that forker has read already. */
export async function decodeHash(
  { RedisQueueBackend }: typeof import("bullmq"),
  hash: Record<string, unknown>,
): Promise<JobHash> {
  const reader: HashReader = {
    queue: { client: Promise.resolve({ hgetall: () => Promise.resolve(hash) }), toKey: String },
  };
  return (await RedisQueueBackend.prototype.getJobData.call(reader, "")) as unknown as JobHash;
}

/** A Worker of version 5, which opens its own connections. */
type WorkerOfVersion5 = new (
  queue: string,
  processor: BullProcessor,
  options: WorkerOptions & { readonly skipVersionCheck: true },
) => Worker<unknown, unknown>;

export function workerOfVersion5(api: typeof import("bullmq")): WorkerOfVersion5 {
  return api.Worker;
}

/**
 * Version 5 duplicates the client for its blocking connection, which Lane never uses. This makes the duplicate the client
 * itself.
 */
export function shareDuplicate(client: object): void {
  Object.assign(client, { duplicate: () => client });
}
