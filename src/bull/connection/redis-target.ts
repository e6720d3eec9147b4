import type { ClusterOptions, RedisOptions } from "ioredis";
import { hasHashTag } from "../../config/hash-tag.ts";
import { optionsOfRedisUrl, type RedisOptionValues } from "../../config/redis-url.ts";
import { Refused } from "../../config/refused.ts";
import { ForkerError } from "../../exit/forker-error.ts";

/** What ioredis is constructed with, and an address for people, which never contains a password. */
export type RedisTarget = OneTarget | ClusterTarget;

/** One server, or the master that sentinels name. */
export interface OneTarget {
  readonly kind: "one";
  readonly options: RedisOptions;
  readonly address: string;
}

export interface ClusterTarget {
  readonly kind: "cluster";
  /** Some of its nodes. ioredis discovers the others from them. */
  readonly nodes: readonly ClusterNodeAddress[];
  /** For every node. */
  readonly nodeOptions: RedisOptions;
  readonly options: ClusterOptions;
  readonly address: string;
}

interface ClusterNodeAddress {
  readonly host?: string;
  readonly port?: number;
}

const expected =
  "expected redis://host:port/db, rediss://…, redis+cluster://host:port,…, redis+sentinel://host:port,…/master, the path of a socket, or ioredis options";

/** The options of ioredis' Cluster that users may set. They are mixed with the options of its nodes. */
const clusterOptionNames = [
  "slotsRefreshTimeout",
  "slotsRefreshInterval",
  "useSRVRecords",
  "resolveSrv",
  "dnsLookup",
  "natMap",
] as const satisfies (keyof ClusterOptions)[];

/** `REDIS_URL`, or `forker.connection`: a URL, the path of a unix socket, or ioredis options. */
export function redisTarget(connection: string | RedisOptionValues): RedisTarget {
  const given = typeof connection === "string" ? ofText(connection) : connection;
  if (typeof given["duplicate"] === "function") {
    throw badConnection(
      "a client: pass its options instead, since each worker opens its own connections after the fork",
    );
  }
  const { url, ...rest } = given;
  const options = typeof url === "string" ? withUrl(ofText(url), rest) : given;
  if (options["keyPrefix"]) throw badConnection("keyPrefix, which BullMQ does not support: set forker.prefix instead");
  if (options["cluster"] !== undefined) return clusterOf(options);
  const { sentinels } = options;
  if (sentinels !== undefined && (!Array.isArray(sentinels) || sentinels.length === 0))
    throw badConnection("sentinels that are not a list: write sentinels: [{ host, port }, …]");
  if (sentinels !== undefined && typeof options["name"] !== "string")
    throw badConnection("sentinels without the name of their master: set name, as in `sentinel monitor <name> …`");
  return { kind: "one", options, address: addressOf(options) };
}

/** Throws if this workload's queues cannot be used in a Cluster, which keeps keys together only if they share a hash tag. */
export function checkHashTags(target: RedisTarget, prefix: string, workload: readonly { queues: readonly string[] }[]) {
  if (target.kind !== "cluster" || hasHashTag(prefix)) return;
  const patterns = workload.flatMap(({ queues }) => queues).filter((pattern) => !pattern.startsWith("!"));
  const without = patterns.find((pattern) => !hasHashTag(`${prefix}:${pattern}:`));
  if (without === undefined) return;
  throw new ForkerError(
    "badConfig",
    "ERR_FORKER_HASH_TAG",
    `Redis Cluster: expected a hash tag in the prefix, without which BullMQ cannot keep the keys of a queue together, ` +
      `got the prefix ${prefix} and the queue ${without}: set FORKER_PREFIX={${prefix}}, here and where jobs are added`,
  );
}

/** Whether a connection can be sent to another process. Functions and TLS contexts cannot be serialized. */
export function isPlainConnection(connection: unknown): boolean {
  if (typeof connection !== "object" || connection === null)
    return ["string", "number", "boolean"].includes(typeof connection) || connection === null;
  const prototype: unknown = Object.getPrototypeOf(connection);
  if (!Array.isArray(connection) && prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(connection).every((value) => value === undefined || isPlainConnection(value));
}

function ofText(text: string): RedisOptionValues {
  const options = optionsOfRedisUrl(text);
  // The URL may contain a password, so the error does not show it.
  if (options instanceof Refused) throw badConnection(`${options.got}; ${options.advice}`);
  return options;
}

/** Merges a URL with options. The URL takes precedence, as in ioredis, except for TLS, where options say more. */
function withUrl(url: RedisOptionValues, beside: RedisOptionValues): RedisOptionValues {
  return { ...beside, ...url, ...(beside["tls"] !== undefined && { tls: beside["tls"] }) };
}

function clusterOf({ cluster, redisOptions, ...rest }: RedisOptionValues): ClusterTarget {
  const nodes: unknown[] = Array.isArray(cluster) ? cluster : [];
  if (nodes.length === 0 || !nodes.every(isNode))
    throw badConnection("a cluster that is not a list of nodes: write cluster: [{ host, port }, …]");
  const all = { ...(redisOptions as RedisOptionValues | undefined), ...rest };
  if (all["keyPrefix"]) throw badConnection("keyPrefix, which BullMQ does not support: set forker.prefix instead");
  if (Number(all["db"] ?? 0) !== 0)
    throw badConnection(`database ${Number(all["db"])}: a Redis Cluster has only database 0`);
  const isOfCluster = (name: string) => clusterOptionNames.some((known) => known === name);
  const entries = Object.entries(all);
  return {
    kind: "cluster",
    nodes,
    nodeOptions: Object.fromEntries(entries.filter(([name]) => !isOfCluster(name))),
    options: Object.fromEntries(entries.filter(([name]) => isOfCluster(name))),
    address: `cluster ${nodes.map((node) => hostAndPort(node, 6379)).join(",")}`,
  };
}

function isNode(node: unknown): node is ClusterNodeAddress {
  return typeof node === "object" && node !== null && ("host" in node || "port" in node);
}

function addressOf(options: RedisOptionValues): string {
  const { path, sentinels, name } = options;
  if (Array.isArray(sentinels)) {
    const known = sentinels.map((one: ClusterNodeAddress) => hostAndPort(one, 26379)).join(",");
    return `${String(name)} of sentinels ${known}`;
  }
  return typeof path === "string" ? path : hostAndPort(options, 6379);
}

function hostAndPort({ host, port }: ClusterNodeAddress, defaultPort: number): string {
  return `${host ?? "localhost"}:${port ?? defaultPort}`;
}

function badConnection(got: string): ForkerError {
  return new ForkerError("badConfig", "ERR_FORKER_REDIS_CONNECTION", `Redis connection: ${expected}, got ${got}`);
}
