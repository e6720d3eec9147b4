import type { RedisConnection, WorkerOptions } from "bullmq";
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
import { repairHash, repairReply, tolerate } from "./unreadable-jobs.ts";
import { keepUnscheduled } from "./unscheduled-jobs.ts";

/** How BullMQ's Workers are made, and the jobs of theirs found that they do not run. */
export interface Workers {
  readonly open: OpenWorker;
  readonly find: FindJob;
  readonly saveCopy: (worker: BullWorker, jobId: string, result?: string) => Promise<void>;
}

type FindJob = (worker: BullWorker, jobId: string, purpose: FindPurpose) => Promise<BullJob | undefined>;

export type OpenWorker = (
  queue: string,
  processor: BullProcessor,
  options: Omit<WorkerOptions, "connection">,
  suspect: Suspect,
) => BullWorker;

/** Called with the id of each job that is to run alone, because a worker has died with it, before BullMQ makes a Job of it. */
type Suspect = (jobId: string) => void;

/** All Workers use this one client, and none opens a connection of its own. */
export function workersOn(client: CommandClient, bull: Bull, jobs: Bull["api"]["Job"]): Workers {
  const byVersion =
    bull.major >= firstMajorWithBackends
      ? workersWithBackends(client, bull, jobs)
      : workersWithClients(client, bull, jobs);
  return { ...byVersion, saveCopy: (worker, jobId, result) => saveCopy(client, worker.toKey(jobId), result) };
}

/** From version 6 on a Worker is given a backend, which may borrow its connection. */
function workersWithBackends(client: CommandClient, bull: Bull, jobs: Bull["api"]["Job"]): Omit<Workers, "saveCopy"> {
  const { api } = bull;
  // Its check of the version would say in every worker, past the log, what the keeper says once; and refuse all commands of a
  // user that may not ask INFO.
  const unchecked = { shared: true, blocking: false, skipVersionCheck: true };
  const borrowed: RedisConnection = new api.RedisConnection(client, unchecked);
  // Connections has the client's own errors.
  borrowed.on("error", () => {});
  void tellVersion(borrowed);
  const open: OpenWorker = (queue, processor, options, suspect) => {
    const worker = new api.Worker(queue, processor, { ...options, connection: client }, (name, workerOptions) => {
      const queueKeys = new api.QueueKeys(options.prefix);
      const toKey = (type: string) => queueKeys.toKey(name, type);
      const keys = queueKeys.getKeys(name);
      const backend = new api.RedisQueueBackend(borrowed, name, keys, toKey, workerOptions, undefined, false);
      noticeInReplies(backend, suspect);
      return backend;
    });
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

/** Every command that takes a job is answered with its whole hash first; a Job is made of the fields that BullMQ knows. */
function noticeInReplies(backend: object, suspect: Suspect): void {
  const scripted = backendInternals(backend);
  const execute = scripted.execCommand.bind(backend);
  const look = (reply: unknown) => {
    if (!Array.isArray(reply) || !Array.isArray(reply[0])) return reply;
    const [hash, id] = reply as [unknown[], unknown];
    if (hash.includes(aloneField)) suspect(String(id));
    repairReply(hash);
    return reply;
  };
  scripted.execCommand = (...call) => execute(...call).then(look);
}

/** By its version BullMQ chooses among scripts; what it takes without one works with all. */
async function tellVersion(connection: RedisConnection): Promise<void> {
  try {
    const client = await connection.client;
    const { version, kind } = readServerInfo(await client.info());
    if (version !== undefined) Object.assign(connectionInternals(connection), { version, dbType: kind });
  } catch {
    // It may not be asked, or we are leaving.
  }
}

function workersWithClients(client: CommandClient, { api }: Bull, jobs: Bull["api"]["Job"]): Omit<Workers, "saveCopy"> {
  shareDuplicate(client);
  const V5Worker = workerOfVersion5(api);
  const open: OpenWorker = (queue, processor, options, suspect) => {
    const worker = new V5Worker(queue, processor, { ...options, connection: client, skipVersionCheck: true });
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

/** This version makes a Job from the whole hash. */
function noticeInHashes(worker: BullWorker, suspect: Suspect): void {
  const maker = workerInternals(worker);
  const create = maker.createJob.bind(worker);
  maker.createJob = (hash, jobId) => {
    if (aloneField in hash) suspect(jobId);
    return create(hash, jobId);
  };
}
