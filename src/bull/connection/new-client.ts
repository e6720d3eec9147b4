import type { Cluster, ClusterOptions, Redis, RedisOptions } from "ioredis";
import type { Bull } from "../library/load-bull.ts";
import { keepLostCommands } from "./lost-commands.ts";
import { reconnectOptions, retryDelayMs } from "./reconnect.ts";
import type { ClusterTarget, OneTarget, RedisTarget } from "./redis-target.ts";

/** What commands are sent on. In a Cluster each finds the node of its keys. */
export type CommandClient = Redis | Cluster;

/** A sentinel that accepts connections and does not answer is left for the next. */
const sentinelCommandTimeoutMs = 2_000;

/**
 * What works with BullMQ, whatever was given. Its scripts know RESP2's shapes and numbers; a time limit for commands would cut
 * every wait for jobs short.
 */
const fixed = {
  replyMapping: "legacy",
  commandTimeout: undefined,
  stringNumbers: false,
  readOnly: false,
  monitor: false,
} as const satisfies RedisOptions;

/** A client for one server, whose own options win over what the user gave. It connects at once unless they are lazy. */
export function newClient({ Redis }: Bull, { options }: OneTarget, own: RedisOptions): Redis {
  return new Redis(optionsOfClient(options, own));
}

function optionsOfClient(given: RedisOptions, own: RedisOptions) {
  return { sentinelCommandTimeout: sentinelCommandTimeoutMs, ...given, ...own, ...fixed };
}

/** One client for the whole Cluster: a connection to each node that has keys of ours. */
export function newCluster({ Cluster }: Bull, target: ClusterTarget, own: ClusterOptions): Cluster {
  const { nodes, options, nodeOptions } = target;
  // ioredis connects to the addresses of the nodes that it was given by name, and no certificate is for those.
  const byName = nodeOptions.tls === undefined ? {} : { dnsLookup: asItIs };
  return new Cluster([...nodes], {
    ...byName,
    ...options,
    ...own,
    scaleReads: "master",
    redisOptions: { ...optionsOfClient(nodeOptions, own.redisOptions ?? {}), maxRetriesPerRequest: null },
  });
}

/** For commands that may wait, for as long as it takes, until there is a server to take them. */
export function persistentClient(bull: Bull, target: RedisTarget, name?: string): CommandClient {
  const named = name === undefined ? {} : { connectionName: name };
  if (target.kind === "one") {
    return newClient(bull, target, {
      ...named,
      lazyConnect: false,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
      ...reconnectOptions(),
    });
  }
  return keepLostCommands(newCluster(bull, target, { ...persistentOptions, redisOptions: named }));
}

/**
 * While a master is away its commands come back, and are sent again after a while: until a replica has taken its place, with
 * some minutes to spare. So it is while a hash slot moves from one node to another.
 */
const persistentOptions = {
  lazyConnect: false,
  enableOfflineQueue: true,
  clusterRetryStrategy: retryDelayMs,
  maxRedirections: 300,
  retryDelayOnMoved: 20,
  retryDelayOnFailover: 500,
  retryDelayOnClusterDown: 500,
  retryDelayOnTryAgain: 100,
} as const satisfies ClusterOptions;

function asItIs(host: string, done: (error: null, address: string) => void): void {
  done(null, host);
}
