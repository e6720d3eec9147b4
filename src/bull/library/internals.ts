import type { Job, JobScheduler, RedisConnection, Worker, WorkerOptions } from "bullmq";
import type { Cluster, Redis } from "ioredis";
import type { BullJob, BullProcessor, BullWorker } from "./bull-types.ts";
import { originalWorker } from "./original-worker.ts";

/*
 * The inventory: every name of BullMQ's classes that forker uses or replaces although BullMQ does not guarantee it. All
 * access goes through the functions of this file. check-internals.ts looks for the names in the application's version;
 * test/process/bullmq-contract.test.ts checks what they do in the supported versions. key-layout.ts is the same for the keys in
 * Redis. What older versions lack is in src/bull/older, and the rest of the code knows only the newest version.
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
  /** `hash`: null if there is no job. */
  nextJobFromJobData(hash: JobHash | null | undefined, jobId: string, token: string): Promise<BullJob | undefined>;
  moveStalledJobsToWait(): Promise<void>;
}

export interface LockManagerInternals {
  start(): void;
  untrackJob(jobId: string): void;
  close(): Promise<void>;
}

/** What a Worker of version 5 has, and version 6 has not. */
export interface OlderWorkerInternals {
  readonly scripts: { extendLock(jobId: string, token: string, durationMs: number): Promise<number> };
  /** Creates the next iterations of the repeatable jobs that job schedulers replaced. */
  readonly repeat: Promise<object>;
  readonly client: Promise<Redis | Cluster>;
  getNextJob(token: string): Promise<BullJob | undefined>;
  moveToActive(client: unknown, token: string, name: string | undefined): Promise<BullJob | undefined>;
  /** `inProgress`: the jobs whose locks the Worker renews. */
  processJob(
    job: BullJob,
    token: string,
    fetchNext: () => boolean,
    inProgress: JobsInProgress,
  ): ReturnType<BullWorker["processJob"]>;
}

/** A Worker of version 5 adds an entry for each job that it runs, and deletes it when the job has ended. */
export interface JobsInProgress {
  add(entry: { readonly job: BullJob }): void;
  delete(entry: { readonly job: BullJob }): void;
}

/** What a Job of version 5 has, and version 6 has not. */
export interface OlderJobInternals {
  readonly scripts?: { finishedErrors?: (...call: unknown[]) => Error };
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
  /** The first version that has these names. */
  readonly since: string;
  /** The first version without them. */
  readonly until?: string;
  readonly names: Readonly<Record<string, NameKind>>;
}

/** The first major version in which a Worker takes a backend, which can share a connection. */
export const firstMajorWithBackends = 6;

export const inventory: readonly InternalsOfClass[] = [
  {
    class: "Worker",
    since: "5.0",
    names: {
      limitUntil: "field",
      blockUntil: "field",
      createJob: "method",
      nextJobFromJobData: "method",
      moveStalledJobsToWait: "method",
    } satisfies Partial<Record<keyof WorkerInternals, NameKind>>,
  },
  // Names before these versions, and their replacements, are in src/bull/older.
  {
    class: "Worker",
    since: "5.16",
    names: { jobScheduler: "getter" } satisfies Partial<Record<keyof WorkerInternals, NameKind>>,
  },
  {
    class: "Worker",
    since: "5.64",
    names: { lockManager: "field" } satisfies Partial<Record<keyof WorkerInternals, NameKind>>,
  },
  {
    class: "Worker",
    since: "5.0",
    until: "5.64",
    names: { scripts: "field", moveToActive: "method", processJob: "method" } satisfies Partial<
      Record<keyof OlderWorkerInternals, NameKind>
    >,
  },
  {
    class: "Worker",
    since: "5.0",
    until: "6.0",
    names: { repeat: "getter" } satisfies Partial<Record<keyof OlderWorkerInternals, NameKind>>,
  },
  {
    class: "LockManager",
    since: "5.65",
    names: { start: "method", untrackJob: "method", close: "method" } satisfies Record<
      keyof LockManagerInternals,
      NameKind
    >,
  },
  // These are public, but forker replaces them, so BullMQ's Worker must call them.
  {
    class: "Job",
    since: "5.0",
    names: { fromJSON: "static", moveToCompleted: "method", moveToFailed: "method" },
  },
  { class: "Job", since: "5.41", names: { moveToWait: "method" } },
  { class: "JobScheduler", since: "5.29", names: { upsertJobScheduler: "method" } },
  { class: "RedisConnection", since: "5.0", names: { minimumVersion: "static" } },
  {
    class: "RedisConnection",
    since: "6.0",
    names: { version: "field", dbType: "field" } satisfies Record<keyof ConnectionInternals, NameKind>,
  },
  {
    class: "RedisQueueBackend",
    since: "6.0",
    names: { execCommand: "method", getJobData: "method" } satisfies Record<keyof BackendInternals, NameKind> &
      Record<"getJobData", NameKind>,
  },
];

/** The codes of BullMQ's errors for a job that the caller does not hold, by their names in BullMQ's ErrorCode. */
export const errorCode = { JobNotExist: -1, JobLockNotExist: -2, JobNotInState: -3, JobLockMismatch: -6 } as const;

export function workerInternals(worker: BullWorker): WorkerInternals {
  return worker as unknown as WorkerInternals;
}

export function olderWorkerInternals(worker: BullWorker): OlderWorkerInternals {
  return worker as unknown as OlderWorkerInternals;
}

export function olderJobInternals(job: BullJob): OlderJobInternals {
  return job as unknown as OlderJobInternals;
}

/** Whether the job of this hash may belong to a scheduler, or be one of the repeatable jobs that schedulers replaced. */
export function mayRepeat(hash: JobHash | null | undefined): hash is JobHash {
  if (hash === null || hash === undefined) return false;
  const { repeatJobKey, rjk, opts } = hash as { repeatJobKey?: unknown; rjk?: unknown; opts?: unknown };
  if (Boolean(repeatJobKey) || Boolean(rjk)) return true;
  // Version 6 passes the options parsed, version 5 as they are in Redis.
  return typeof opts === "string"
    ? opts.includes('"repeat"')
    : (opts as { repeat?: unknown } | undefined)?.repeat !== undefined;
}

/** What creates the next iteration of a job, by the Worker's getter: the names of the methods, in any version. */
export const schedulers = {
  jobScheduler: ["upsertJobScheduler"],
  repeat: ["updateRepeatableJob", "addNextRepeatableJob"],
} as const satisfies Partial<Record<keyof WorkerInternals | keyof OlderWorkerInternals, readonly string[]>>;

/** Reads the getter of the class, and not the worker's own property of the same name. undefined: this version has none. */
export function schedulerOf(worker: BullWorker, name: keyof typeof schedulers): Promise<object> | undefined {
  return Reflect.get(Object.getPrototypeOf(worker) as object, name, worker) as Promise<object> | undefined;
}

export function replaceScheduler(worker: BullWorker, name: keyof typeof schedulers, get: () => Promise<object>): void {
  Object.defineProperty(worker, name, { get });
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
  return originalWorker(api.Worker);
}

/**
 * Version 5 duplicates the client for its blocking connection, which Lane never uses. This makes the duplicate the client
 * itself.
 */
export function shareDuplicate(client: object): void {
  Object.assign(client, { duplicate: () => client });
}
