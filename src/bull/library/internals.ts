import type { Job, JobScheduler, RedisConnection, Worker, WorkerOptions } from "bullmq";
import type { BullJob, BullProcessor, BullWorker } from "./bull-types.ts";

/*
 * The inventory: every name of BullMQ's classes that forker uses or replaces although BullMQ does not promise it. All access
 * to one goes through the functions of this file. check-internals.ts looks for the names in the version that an application
 * has; test/process/bullmq-contract.test.ts checks what they do in each supported major version. key-layout.ts is the same
 * for the keys in Redis.
 */

/** A job's hash as BullMQ hands it to `Job.fromJSON`. */
export type JobHash = Parameters<typeof Job.fromJSON>[1];
export type JobOwner = Parameters<typeof Job.fromJSON>[0];

export interface WorkerInternals {
  /** The queue is rate-limited until then; 0 if it is not. Milliseconds of the epoch. */
  limitUntil: number;
  /** When the next delayed job is due, as the last fetch that found nothing learnt; 0 for never. */
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
  /** Runs a script. One that takes a job answers with the job's whole hash and its id first. */
  execCommand(...call: unknown[]): Promise<unknown>;
}

/** What `RedisQueueBackend.getJobData` reads a hash with. */
interface HashReader {
  readonly queue: {
    readonly client: Promise<{ hgetall(): Promise<Record<string, unknown>> }>;
    readonly toKey: (type: string) => string;
  };
}

/** By these BullMQ chooses among scripts. */
interface ConnectionInternals {
  version: string;
  dbType: string;
}

/** "field": the constructor sets it. "getter" and "method": of the prototype. "static": of the class itself. */
export type NameKind = "field" | "getter" | "method" | "static";

export interface InternalsOfClass {
  readonly class: "Worker" | "LockManager" | "Job" | "JobScheduler" | "RedisConnection" | "RedisQueueBackend";
  readonly sinceMajor: number;
  readonly names: Readonly<Record<string, NameKind>>;
}

/** The major version from which on a Worker is given a backend, which may borrow its connection. */
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
  // Public, but replaced: BullMQ's Worker must call them.
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

/** The codes of BullMQ's errors by which it says that a job is not the caller's: ErrorCode of the same names. */
export const errorCode = { JobNotExist: -1, JobLockNotExist: -2, JobNotInState: -3, JobLockMismatch: -6 } as const;

export function workerInternals(worker: BullWorker): WorkerInternals {
  return worker as unknown as WorkerInternals;
}

/** The getter of the class, past the worker's own property of this name. */
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

/** From version 6 on BullMQ decodes a hash as it reads it: its own reader is given the one that we have read. */
export async function decodeHash(
  { RedisQueueBackend }: typeof import("bullmq"),
  hash: Record<string, unknown>,
): Promise<JobHash> {
  const reader: HashReader = {
    queue: { client: Promise.resolve({ hgetall: () => Promise.resolve(hash) }), toKey: String },
  };
  return (await RedisQueueBackend.prototype.getJobData.call(reader, "")) as unknown as JobHash;
}

/** Version 5 opens its connections itself. */
type WorkerOfVersion5 = new (
  queue: string,
  processor: BullProcessor,
  options: WorkerOptions & { readonly skipVersionCheck: true },
) => Worker<unknown, unknown>;

export function workerOfVersion5(api: typeof import("bullmq")): WorkerOfVersion5 {
  return api.Worker;
}

/** Version 5 duplicates the client for its blocking connection, which Lane never uses: the duplicate is the client itself. */
export function shareDuplicate(client: object): void {
  Object.assign(client, { duplicate: () => client });
}
