import type { BackendFactory, RedisConnection, RedisQueueBackend, WorkerOptions } from "bullmq";
import type { CommandClient } from "../connection/new-client.ts";
import { readServerInfo } from "../connection/server-info.ts";
import { type FindPurpose, readFields } from "../keys/found-job.ts";
import { aloneField } from "../keys/held-lock-scripts.ts";
import { saveCopy } from "../keys/job-copy.ts";
import type { BullJob, BullProcessor, BullWorker } from "../library/bull-types.ts";
import {
  backendInternals,
  connectionInternals,
  decodeHash,
  firstMajorWithBackends,
  type JobHash,
  shareDuplicate,
  workerInternals,
  workerOfVersion5,
} from "../library/internals.ts";
import type { Bull } from "../library/load-bull.ts";
import { createOwn, originalWorker } from "../library/original-worker.ts";
import { parseVersion } from "../library/versions.ts";
import { completeWorker } from "../older/complete-worker.ts";
import { type JobFields, recreateJob } from "./job-fields.ts";
import { repairHash, repairReply, tolerate } from "./unreadable-jobs.ts";
import { keepUnscheduled } from "./unscheduled-jobs.ts";

/** Creates BullMQ's Workers, and finds jobs that they do not run. */
export interface Workers {
  readonly open: OpenWorker;
  readonly find: FindJob;
  readonly saveCopy: (worker: BullWorker, jobId: string, result?: string) => Promise<void>;
  readonly recreate: (worker: BullWorker, fields: JobFields) => BullJob;
}

type FindJob = (worker: BullWorker, jobId: string, purpose: FindPurpose) => Promise<BullJob | undefined>;

export type OpenWorker = (
  queue: string,
  processor: BullProcessor,
  options: Omit<WorkerOptions, "connection">,
  suspect: Suspect,
) => BullWorker;

/** The arguments of BullMQ's Worker. Its connection is shared: version 6 uses it through the backend, which version 5 lacks. */
export interface WorkerArguments {
  readonly queue: string;
  readonly processor: BullProcessor;
  readonly options: WorkerOptions;
  readonly backendFactory?: BackendFactory<RedisQueueBackend>;
}

/**
 * Supplies the Worker of a queue: an instance that acts as if it had been created with these arguments, and may be of a
 * subclass. undefined: forker creates the Worker.
 */
export type SupplyWorker = (given: WorkerArguments) => BullWorker | undefined;

/** Called with the id of each suspect, which must run alone, before BullMQ creates a Job for it. */
type Suspect = (jobId: string) => void;

/** All Workers share this client, and none opens a connection of its own. */
export function workersOn(
  client: CommandClient,
  bull: Bull,
  jobs: Bull["api"]["Job"],
  supply: SupplyWorker = () => undefined,
  /** Nothing may use the client before a job does. */
  isLazy = false,
): Workers {
  const byVersion =
    bull.major >= firstMajorWithBackends
      ? workersWithBackends(client, bull, jobs, supply, isLazy)
      : workersWithClients(client, bull, jobs, supply);
  return {
    ...byVersion,
    saveCopy: (worker, jobId, result) => saveCopy(client, worker.toKey(jobId), result),
    recreate: (worker, fields) => recreateJob(bull, jobs, worker, fields),
  };
}

type ByVersion = Pick<Workers, "open" | "find">;

/** From version 6 on, a Worker takes a backend, which can share a connection. */
function workersWithBackends(
  client: CommandClient,
  bull: Bull,
  jobs: Bull["api"]["Job"],
  supply: SupplyWorker,
  isLazy: boolean,
): ByVersion {
  const { api } = bull;
  const Worker = originalWorker(api.Worker);
  // BullMQ's version check would repeat in every worker, bypassing the log, what the keeper logs once. It would also reject all
  // commands of a Redis user without permission for INFO.
  const unchecked = { shared: true, blocking: false, skipVersionCheck: true };
  const borrowed: RedisConnection = new api.RedisConnection(client, unchecked);
  // Connections handles the client's errors.
  borrowed.on("error", () => {});
  if (!isLazy) void tellVersion(borrowed);
  const open: OpenWorker = (queue, processor, given, suspect) => {
    const options = { ...given, connection: client };
    const backendFactory: BackendFactory<RedisQueueBackend> = (name, workerOptions) => {
      const queueKeys = new api.QueueKeys(options.prefix);
      const toKey = (type: string) => queueKeys.toKey(name, type);
      const keys = queueKeys.getKeys(name);
      const backend = new api.RedisQueueBackend(borrowed, name, keys, toKey, workerOptions, undefined, false);
      noticeInReplies(backend, suspect);
      return backend;
    };
    const worker =
      supply({ queue, processor, options, backendFactory }) ??
      createOwn(() => new Worker(queue, processor, options, backendFactory));
    tolerate(worker, jobs);
    keepUnscheduled(worker);
    return worker;
  };
  const find: FindJob = async (worker, jobId, purpose) => {
    const hash = await readFields(client, worker.toKey(jobId), purpose);
    if (hash === undefined) return undefined;
    const decoded = await decodeHash(api, repairHash(hash));
    return jobs.fromJSON(worker, decoded, jobId);
  };
  return { open, find };
}

/** The reply to a command that takes a job begins with the job's whole hash. A Job has only the fields that BullMQ knows. */
function noticeInReplies(backend: object, suspect: Suspect): void {
  const scripted = backendInternals(backend);
  const execute = scripted.execCommand.bind(backend);
  const look = (reply: unknown) => {
    if (!Array.isArray(reply) || !Array.isArray(reply[0])) return reply;
    const hash = reply[0] as unknown[];
    if (hash.includes(aloneField)) suspect(String(reply[1]));
    repairReply(hash);
    return reply;
  };
  scripted.execCommand = (...call) => execute(...call).then(look);
}

/** BullMQ selects its scripts by the server's version. The scripts that it uses without one work with every version. */
async function tellVersion(connection: RedisConnection): Promise<void> {
  try {
    const client = await connection.client;
    const { version, kind } = readServerInfo(await client.info());
    if (version !== undefined) Object.assign(connectionInternals(connection), { version, dbType: kind });
  } catch {
    // The user has no permission for INFO, or the worker is leaving.
  }
}

function workersWithClients(
  client: CommandClient,
  bull: Bull,
  jobs: Bull["api"]["Job"],
  supply: SupplyWorker,
): ByVersion {
  shareDuplicate(client);
  const V5Worker = workerOfVersion5(bull.api);
  const version = parseVersion(bull.version);
  const open: OpenWorker = (queue, processor, given, suspect) => {
    const options = { ...given, connection: client, skipVersionCheck: true as const };
    const worker = supply({ queue, processor, options }) ?? createOwn(() => new V5Worker(queue, processor, options));
    completeWorker(worker, version);
    tolerate(worker, jobs);
    noticeInHashes(worker, suspect);
    keepUnscheduled(worker);
    return worker;
  };
  const find: FindJob = async (worker, jobId, purpose) => {
    const hash = await readFields(client, worker.toKey(jobId), purpose);
    return hash && jobs.fromJSON(worker, hash as unknown as JobHash, jobId);
  };
  return { open, find };
}

/** Version 5 creates a Job from the whole hash. */
function noticeInHashes(worker: BullWorker, suspect: Suspect): void {
  const maker = workerInternals(worker);
  const create = maker.createJob.bind(worker);
  maker.createJob = (hash, jobId) => {
    if (aloneField in hash) suspect(jobId);
    return create(hash, jobId);
  };
}
