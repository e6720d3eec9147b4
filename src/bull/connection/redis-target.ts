import type { ClusterOptions, RedisOptions } from "ioredis";
import { hasHashTag } from "../../config/hash-tag.ts";
import { optionsOfRedisUrl, type RedisOptionValues } from "../../config/redis-url.ts";
import { Refused } from "../../config/refused.ts";
import { ForkerError } from "../../exit/forker-error.ts";

/** What ioredis is constructed with, and how a person names the server: never with a password. */
export type RedisTarget = OneTarget | ClusterTarget;

/** One server, or the master that sentinels name. */
export interface OneTarget {
  readonly kind: "one";
  readonly options: RedisOptions;
  readonly address: string;
}

export interface ClusterTarget {
  readonly kind: "cluster";
  /** Some of its nodes; the others are found by them. */
  readonly nodes: readonly ClusterNodeAddress[];
  /** For all nodes alike. */
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

/** Those of ioredis' Cluster that may be given. They stand beside the options of its nodes. */
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
    throw badConnection("a client: give its options, each worker opens its own connections after the fork");
  }
  const { url, ...rest } = given;
  const options = typeof url === "string" ? withUrl(ofText(url), rest) : given;
  if (options["keyPrefix"]) throw badConnection("keyPrefix, which BullMQ cannot use: set forker.prefix");
  if (options["cluster"] !== undefined) return clusterOf(options);
  const { sentinels } = options;
  if (sentinels !== undefined && (!Array.isArray(sentinels) || sentinels.length === 0))
    throw badConnection("sentinels that are no list: write sentinels: [{ host, port }, …]");
  if (sentinels !== undefined && typeof options["name"] !== "string")
    throw badConnection("sentinels without the name of their master: set name, as in `sentinel monitor <name> …`");
  return { kind: "one", options, address: addressOf(options) };
}

/** Throws where this workload's queues cannot be used in a Cluster, which keeps in one place what has a hash tag in common. */
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

/** Whether another process can be told of it: functions, or a TLS context, cannot be written down. */
export function isPlainConnection(connection: unknown): boolean {
  if (typeof connection !== "object" || connection === null)
    return ["string", "number", "boolean"].includes(typeof connection) || connection === null;
  const prototype: unknown = Object.getPrototypeOf(connection);
  if (!Array.isArray(connection) && prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(connection).every((value) => value === undefined || isPlainConnection(value));
}

function ofText(text: string): RedisOptionValues {
  const options = optionsOfRedisUrl(text);
  // The text may hold a password: it is not shown.
  if (options instanceof Refused) throw badConnection(`${options.got}; ${options.advice}`);
  return options;
}

/** A URL says less than the options beside it, as to TLS, and wins in everything else, as with ioredis. */
function withUrl(url: RedisOptionValues, beside: RedisOptionValues): RedisOptionValues {
  return { ...beside, ...url, ...(beside["tls"] !== undefined && { tls: beside["tls"] }) };
}

function clusterOf({ cluster, redisOptions, ...rest }: RedisOptionValues): ClusterTarget {
  const nodes: unknown[] = Array.isArray(cluster) ? cluster : [];
  if (nodes.length === 0 || !nodes.every(isNode))
    throw badConnection("a cluster that is no list of nodes: write cluster: [{ host, port }, …]");
  const all = { ...(redisOptions as RedisOptionValues | undefined), ...rest };
  if (all["keyPrefix"]) throw badConnection("keyPrefix, which BullMQ cannot use: set forker.prefix");
  if (Number(all["db"] ?? 0) !== 0) throw badConnection(`database ${Number(all["db"])}: a Redis Cluster has 0 only`);
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
