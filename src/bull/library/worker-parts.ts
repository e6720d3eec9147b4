import type { RedisConnection, RedisQueueBackend, Worker } from "bullmq";
import type { BullWorker } from "./bull-types.ts";
import type { NameKind } from "./internals.ts";

/*
 * The parts of BullMQ's Worker that adoption uses or replaces, in addition to those in internals.ts. BullMQ does not guarantee them;
 * test/process/adopted-worker-contract.test.ts checks them in each supported major version.
 */

/** As BullMQ's Worker calls it, whatever the application gave. */
export type ProcessFunction = (this: unknown, job: unknown, token: string, signal?: AbortSignal) => unknown;

export interface WorkerParts {
  id: string;
  readonly name: string;
  readonly opts: Record<string, unknown>;
  /** undefined: the application takes its jobs with getNextJob(). */
  processFn: ProcessFunction | undefined;
  running: boolean;
  /** Up to 5.40.0 a promise, or null. */
  paused: unknown;
  closing: Promise<void> | undefined;
  readonly closed: boolean;
  /** Version 5. */
  readonly connection?: RedisConnection;
  /** From version 6 on. */
  backend?: BackendParts;
  readonly Job: unknown;
  readonly lockManager?: object;
  createLockManager?(): void;
  whenCurrentJobsFinished(reconnect?: boolean): Promise<void>;
}

/** The connections of a RedisQueueBackend. */
export interface BackendParts {
  readonly connection: RedisConnection;
  blockingConnection?: object | undefined;
}

export const workerParts = {
  id: "field",
  processFn: "field",
  running: "field",
  paused: "field",
  closing: "field",
  whenCurrentJobsFinished: "method",
} as const satisfies Partial<Record<keyof WorkerParts, NameKind>>;

export function partsOf(worker: BullWorker): WorkerParts {
  return worker as unknown as WorkerParts;
}

export function backendPartsOf(backend: RedisQueueBackend): BackendParts {
  return backend;
}

type WorkerClass = typeof Worker;
type ConnectionClass = typeof RedisConnection;

/** The modules of one copy of BullMQ. Its other modules read the classes from their exports each time they create an object. */
export interface BullModules {
  readonly worker: { Worker: WorkerClass };
  readonly connection: { RedisConnection: ConnectionClass };
  /** From version 6 on. */
  readonly backend?:
    | { readonly createRedisBackend: unknown; readonly getDefaultBackendFactory: () => unknown }
    | undefined;
}

/** The module of the class, from the folder of the package's main file. */
export const workerModule = "classes/worker.js";
export const connectionModule = "classes/redis-connection.js";
export const backendModule = "utils/create-backend.js";

/** Calls `create` while the Workers that it creates get this class in place of their connections. */
export function withConnections<Made>({ connection }: BullModules, stand: object, create: () => Made): Made {
  const { RedisConnection } = connection;
  connection.RedisConnection = stand as ConnectionClass;
  try {
    return create();
  } finally {
    connection.RedisConnection = RedisConnection;
  }
}

/**
 * Calls `used` each time that a Queue, or another part of BullMQ, awaits its client: for itself, while its constructor runs, or because
 * the application has called a method. `folder`: that of the copy. Returns what ends it.
 */
export function noteUses(
  { connection }: BullModules,
  folder: string,
  used: (by: "constructor" | "call") => void,
): () => void {
  const { prototype } = connection.RedisConnection;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, "client");
  if (descriptor?.get === undefined) return () => {};
  Object.defineProperty(prototype, "client", {
    ...descriptor,
    get(this: RedisConnection) {
      used(isCall(folder) ? "call" : "constructor");
      return descriptor.get?.call(this) as unknown;
    },
  });
  return () => void Object.defineProperty(prototype, "client", descriptor);
}

/** What a connection of a Queue, or of another part of BullMQ, does when it is open. */
interface OpeningConnection {
  /** ioredis's. That of another library may lack the method. */
  readonly _client?: { readonly defineCommand?: unknown };
  readonly packageVersion?: string;
  init: (this: OpeningConnection) => Promise<unknown>;
  /** Version 5.0 has no first parameter. */
  loadCommands?(packageVersion?: string): void;
}

/**
 * From now on, a connection defines its scripts as soon as it has a client, and not when that is connected. It leaves out those that
 * are defined. Returns what ends this.
 */
export function defineScriptsEarly({ connection }: BullModules): () => void {
  const prototype = connection.RedisConnection.prototype as unknown as OpeningConnection;
  const { init } = prototype;
  prototype.init = function initAndDefine() {
    const opened = init.call(this);
    if (typeof this._client?.defineCommand !== "function" || this.loadCommands === undefined) return opened;
    if (this.loadCommands.length > 1) this.loadCommands(this.packageVersion);
    else this.loadCommands();
    return opened;
  };
  return () => {
    prototype.init = init;
  };
}

/** By the stack: no constructor of this copy is on it. Without a stack, the cause is not known. */
function isCall(folder: string): boolean {
  const frames = String(new Error("where").stack).split("\n").slice(1);
  return frames.length > 0 && !frames.some((frame) => /^\s+at new /.test(frame) && frame.includes(folder));
}
