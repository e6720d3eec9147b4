import type { RedisConnection, Worker, WorkerOptions } from "bullmq";
import type { Redis } from "ioredis";
import type { BullJob, BullWorker } from "./lane.ts";
import type { Bull } from "./load-bull.ts";

export type OpenWorker = (
  queue: string,
  processor: BullProcessor,
  options: Omit<WorkerOptions, "connection">,
) => BullWorker;

/** Three parameters: BullMQ gives a signal only to a processor that declares it. */
export type BullProcessor = (
  job: BullJob,
  token: string | undefined,
  signal: AbortSignal | undefined,
) => Promise<unknown>;

/** How BullMQ's Workers are made so that all of them use this one client, and none opens a connection of its own. */
export function workersOn(client: Redis, bull: Bull): OpenWorker {
  return bull.major >= 6 ? workersWithBackends(client, bull) : workersWithClients(client, bull);
}

/** From version 6 on a Worker is given a backend, which may borrow its connection. */
function workersWithBackends(client: Redis, { api }: Bull): OpenWorker {
  const borrowed: RedisConnection = new api.RedisConnection(client, { shared: true, blocking: false });
  // Connections has the client's own errors; what else BullMQ finds wrong (Redis too old) each command says by itself.
  borrowed.on("error", () => {});
  return (queue, processor, options) =>
    new api.Worker(queue, processor, { ...options, connection: client }, (name, workerOptions) => {
      const queueKeys = new api.QueueKeys(options.prefix);
      const toKey = (type: string) => queueKeys.toKey(name, type);
      return new api.RedisQueueBackend(borrowed, name, queueKeys.getKeys(name), toKey, workerOptions, undefined, false);
    });
}

/** Version 5 duplicates the client for its blocking connection, which Lane never uses: let the duplicate be the client itself. */
function workersWithClients(client: Redis, { api }: Bull): OpenWorker {
  client.duplicate = () => client;
  const V5Worker = api.Worker as unknown as new (
    queue: string,
    processor: BullProcessor,
    options: WorkerOptions,
  ) => Worker<unknown, unknown>;
  return (queue, processor, options) =>
    new V5Worker(queue, processor, { ...options, connection: client, skipVersionCheck: true });
}
