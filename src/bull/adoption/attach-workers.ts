import type { RedisConnection } from "bullmq";
import type { CommandClient } from "../connection/new-client.ts";
import type { Bull } from "../library/load-bull.ts";
import type { AdoptedWorker } from "./adopted-worker.ts";
import type { AdoptedWorkers } from "./adopted-workers.ts";

export interface AttachParts {
  readonly bull: Bull;
  /** Of this worker process. */
  readonly client: CommandClient;
  readonly lockOwner: string;
  /** Whether a Worker has its jobs where this worker process takes them. */
  readonly isHere: (one: AdoptedWorker) => boolean;
  /** Called with each Worker, those too that the application creates later. */
  readonly attached: (one: AdoptedWorker) => void;
}

const borrowed = { shared: true, blocking: false, skipVersionCheck: true };

/**
 * Gives the application's Workers the connection of this process, those too that it creates later. A Worker that no lane uses, and
 * that belongs to another server, gets one of its own.
 */
export function attachWorkers(
  adopted: AdoptedWorkers,
  { bull, client, lockOwner, isHere, attached }: AttachParts,
): void {
  const { RedisConnection } = bull.api;
  const shared = open(new RedisConnection(client, borrowed));
  adopted.attachEach((one) => {
    const connection = isHere(one) ? shared : open(ownConnection(RedisConnection, one));
    one.attach(connection, lockOwner);
    attached(one);
  });
}

/** Gives Workers connections of their own, those too that are created later, before this process has one. Leaves out those that wait for it. */
export function attachAlone(
  adopted: AdoptedWorkers,
  {
    connectionClass,
    lockOwner,
  }: Pick<AttachParts, "lockOwner"> & { readonly connectionClass: () => typeof RedisConnection },
  waits: (one: AdoptedWorker) => boolean,
): void {
  adopted.attachEach((one) => {
    if (!waits(one)) one.attach(open(ownConnection(connectionClass(), one)), lockOwner);
  });
}

/** Each Worker reports the errors to its own listeners. */
function open(connection: RedisConnection): RedisConnection {
  connection.setMaxListeners(0);
  connection.on("error", () => {});
  return connection;
}

function ownConnection(Connection: typeof RedisConnection, { options }: AdoptedWorker): RedisConnection {
  const { connection } = options;
  const isClient = typeof (connection as { duplicate?: unknown }).duplicate === "function";
  return new Connection(connection, { ...borrowed, shared: isClient });
}
