import type { Cluster, ClusterOptions, Redis, RedisOptions } from "ioredis";
import type { Bull } from "../library/load-bull.ts";
import { batchWrites } from "./batch-writes.ts";
import { defineWhenCalled } from "./define-when-called.ts";
import { encodeByPart } from "./encode-commands.ts";
import { keepLostCommands } from "./lost-commands.ts";
import { readReplies } from "./read-replies.ts";
import { endConnectionsOnce, reconnectOptions, retryDelayMs } from "./reconnect.ts";
import type { ClusterTarget, OneTarget, RedisTarget } from "./redis-target.ts";
import { sendScripts } from "./send-scripts.ts";

/** Sends commands. A Cluster sends each command to the node that has its keys. */
export type CommandClient = Redis | Cluster;

/** ioredis gives up a sentinel that accepts connections but does not answer after this long, and asks the next one. */
const sentinelCommandTimeoutMs = 2_000;

/**
 * Options that BullMQ needs, whatever the user gave. Its scripts expect the reply types and numbers of RESP2, and a command
 * timeout would cut every wait for jobs short.
 */
const fixed = {
  replyMapping: "legacy",
  commandTimeout: undefined,
  stringNumbers: false,
  readOnly: false,
  monitor: false,
} as const satisfies RedisOptions;

/**
 * Creates a client for one server. `own` takes precedence over what the user gave. It connects at once unless `lazyConnect` is
 * set.
 */
export function newClient({ Redis }: Bull, { options }: OneTarget, own: RedisOptions): Redis {
  return endConnectionsOnce(new Redis(optionsOfClient(options, own)));
}

function optionsOfClient(given: RedisOptions, own: RedisOptions) {
  return { sentinelCommandTimeout: sentinelCommandTimeoutMs, ...given, ...own, ...fixed };
}

/** Creates one client for the whole Cluster, which connects to each node that has keys it uses. */
export function newCluster({ Cluster }: Bull, target: ClusterTarget, own: ClusterOptions): Cluster {
  const { nodes, options, nodeOptions } = target;
  // ioredis resolves the names of the nodes and connects to their addresses, which no certificate is issued for.
  const byName = nodeOptions.tls === undefined ? {} : { dnsLookup: asItIs };
  return new Cluster([...nodes], {
    ...byName,
    ...options,
    ...own,
    scaleReads: "master",
    redisOptions: { ...optionsOfClient(nodeOptions, own.redisOptions ?? {}), maxRetriesPerRequest: null },
  });
}

/** Creates a client whose commands wait until a server accepts them, for as long as that takes. */
export function persistentClient(bull: Bull, target: RedisTarget, name?: string, lazyConnect = false): CommandClient {
  const client = newPersistentClient(bull, target, name, lazyConnect);
  batchWrites(client);
  encodeByPart(client);
  sendScripts(client);
  readReplies(client);
  return client;
}

function newPersistentClient(
  bull: Bull,
  target: RedisTarget,
  name: string | undefined,
  lazyConnect: boolean,
): CommandClient {
  const named = name === undefined ? {} : { connectionName: name };
  if (target.kind === "one") {
    return newClient(bull, target, {
      ...named,
      lazyConnect,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
      ...reconnectOptions(),
    });
  }
  return keepLostCommands(newCluster(bull, target, { ...persistentOptions, lazyConnect, redisOptions: named }));
}

/**
 * The same, but it connects for its first command. BullMQ calls connect() of a client that has not connected, although it has no
 * command yet. The client may be created in a process that is forked before that.
 */
export function lazyClient(bull: Bull, target: RedisTarget, nameOf: () => string): CommandClient {
  // A Cluster has these methods, too. It names its connections by what it was created with.
  const client = persistentClient(bull, target, nameOf(), true) as Redis;
  const connect = client.connect.bind(client);
  const sendCommand = client.sendCommand.bind(client);
  client.connect = () => Promise.resolve();
  client.sendCommand = (...call) => {
    Object.assign(client, { connect, sendCommand });
    if (target.kind === "one") client.options.connectionName = nameOf();
    return sendCommand(...call);
  };
  defineWhenCalled(client);
  return client;
}

/**
 * While a master is unreachable, ioredis resends its commands after a delay. The limit of redirections leaves a replica some
 * minutes to take over. The same happens while a hash slot moves from one node to another.
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
