import { isAscii } from "node:buffer";
import { ForkerError } from "../../exit/forker-error.ts";
import { type RedisTarget, redisTarget } from "../connection/redis-target.ts";
import type { AdoptedWorker } from "./adopted-worker.ts";

/** Where Workers find their jobs. */
export interface WorkerPlace {
  /** ioredis options, or a Cluster in forker's own form: see redis-target.ts. */
  readonly connection: Record<string, unknown>;
  readonly prefix: string;
  /** The same for Workers of one server, database and prefix. */
  readonly identity: string;
  /** For people, without a password. */
  readonly text: string;
}

type PlacedWorker = Pick<AdoptedWorker, "queue" | "prefix"> & { readonly options: { readonly connection?: unknown } };

/** Throws a ForkerError if the Worker's connection is not one that forker can open, too. */
export function placeOf({ queue, options, prefix }: PlacedWorker): WorkerPlace {
  const connection = optionsOf(options.connection, queue);
  const target = redisTarget(connection);
  const database = target.kind === "one" ? (target.options.db ?? 0) : 0;
  const identity = `${target.address}/${database} ${prefix}`;
  const text = `${target.address}${database === 0 ? "" : `, database ${database}`}, prefix ${prefix}`;
  return { connection, prefix, identity: normal(identity, target), text };
}

/** "localhost" and the default host are the same server. */
function normal(identity: string, target: RedisTarget): string {
  return target.kind === "one" ? identity.replace(/^(?:localhost|\[?::1\]?):/, "127.0.0.1:") : identity;
}

interface Client {
  readonly options: Record<string, unknown>;
  readonly isCluster?: boolean;
  readonly startupNodes?: readonly unknown[];
  readonly duplicate: unknown;
  readonly defineCommand?: unknown;
}

/** As BullMQ connects if it is not given an address. */
const defaults = { host: "127.0.0.1", port: 6379 };
/** Options of which each process has its own, or that forker sets. */
const own = ["lazyConnect", "connectionName", "skipVersionCheck"];

function optionsOf(given: unknown, queue: string): Record<string, unknown> {
  if (!isClient(given)) return { ...defaults, ...connectionOptions(given as object) };
  if (typeof given.defineCommand !== "function") {
    const message = `Worker of queue ${queue}: expected ioredis options or an ioredis client as its connection, got a client of another library; forker connects with ioredis`;
    throw new ForkerError("badConfig", "ERR_FORKER_CLIENT", message);
  }
  const { options } = given;
  if (given.isCluster !== true) return connectionOptions(options);
  const { redisOptions, ...rest } = options;
  return {
    cluster: (given.startupNodes ?? []).map(nodeOf),
    redisOptions: connectionOptions(redisOptions ?? {}),
    ...rest,
  };
}

function isClient(given: unknown): given is Client {
  return typeof given === "object" && given !== null && "duplicate" in given && typeof given.duplicate === "function";
}

/** A client's options have all names, with null for those that were not given. */
export function connectionOptions(options: object): Record<string, unknown> {
  const entries = Object.entries(options) as [string, unknown][];
  return Object.fromEntries(
    entries.filter(([name, value]) => value !== null && value !== undefined && !own.includes(name)),
  );
}

/** ioredis accepts a URL, a port or an object for each node. */
function nodeOf(node: unknown): unknown {
  if (typeof node === "number") return { port: node };
  if (typeof node !== "string") return node;
  const url = new URL(node.includes("://") ? node : `redis://${node}`);
  return { host: url.hostname, port: Number(url.port || 6379) };
}

/**
 * The part of a connection that can be sent to another process: the keeper's. Functions decide when ioredis reconnects, which the
 * keeper decides itself. Certificates and keys may be buffers.
 */
export function plainConnection(connection: Record<string, unknown>): Record<string, unknown> {
  return plainValue(connection) as Record<string, unknown>;
}

function plainValue(value: unknown): unknown {
  // A binary one, such as a `pfx`, would be read as UTF-8.
  if (Buffer.isBuffer(value)) return isAscii(value) ? value.toString("latin1") : undefined;
  if (Array.isArray(value)) return value.map(plainValue).filter((one) => one !== undefined);
  if (typeof value === "object" && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return undefined;
    const entries = Object.entries(value).map(([name, one]) => [name, plainValue(one)] as const);
    return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
  }
  return ["string", "number", "boolean"].includes(typeof value) || value === null ? value : undefined;
}
