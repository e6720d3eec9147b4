import { setTimeout } from "node:timers/promises";
import type { Cluster, Redis } from "ioredis";
import { renameClient } from "../connection/client-name.ts";
import { type ConnectionState, ConnectionWatch } from "../connection/connection-watch.ts";
import { type CommandClient, newClient, persistentClient } from "../connection/new-client.ts";
import { reconnectOptions } from "../connection/reconnect.ts";
import type { ClusterTarget, OneTarget, RedisTarget } from "../connection/redis-target.ts";
import type { Bull } from "../library/load-bull.ts";
import { BlockingWait, type JobWait } from "../wait/blocking-wait.ts";
import { ClusterWait } from "../wait/cluster-wait.ts";
import { clusterHashSlots, type HashSlotOf, oneHashSlot } from "../wait/hash-slot.ts";

const quitTimeoutMs = 500;

/** The connections of a worker process, whatever the number of its queues: two, or on a Cluster as many as docs/REDIS.md says. */
export interface Connections {
  /** For every command that does not block. ioredis resends unanswered commands after a reconnect. */
  readonly command: CommandClient;
  readonly wait: JobWait;
  readonly hashSlotOf: HashSlotOf;
  readonly state: ConnectionState;
  /** Opens a connection that subscribes to channels, and that close() does not close. Throws on a Cluster. */
  listen(): Redis;
  /** Sets the names of the connections in CLIENT LIST, now and after each reconnect. */
  rename(names: readonly [string, string]): void;
  close(): Promise<void>;
}

type OnChange = (state: ConnectionState) => void;

export function openConnections(bull: Bull, target: RedisTarget, onChange: OnChange): Connections {
  return target.kind === "one" ? openTwo(bull, target, onChange) : openForCluster(bull, target, onChange);
}

function openTwo(bull: Bull, target: OneTarget, onChange: OnChange): Connections {
  const watch = new ConnectionWatch(onChange);
  const command = watch.add(persistentClient(bull, target) as Redis);
  // Waits for jobs. ioredis does not resend its commands after a reconnect: see BlockingWait.
  const blocking = watch.add(
    newClient(bull, target, {
      lazyConnect: false,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
      autoResendUnfulfilledCommands: false,
      enableAutoPipelining: false,
      // The connection is silent while there are no jobs.
      socketTimeout: undefined,
      ...reconnectOptions(),
    }),
  );
  const unblock = (id: number) => {
    if (command.status === "ready") command.client("UNBLOCK", id).catch(() => {});
  };
  return {
    command,
    listen: () => newListener(bull, target),
    wait: new BlockingWait(blocking, unblock),
    hashSlotOf: oneHashSlot,
    get state() {
      return watch.state;
    },
    rename([forBlocking, forCommand]) {
      renameClient(blocking, forBlocking);
      renameClient(command, forCommand);
    },
    async close() {
      watch.close();
      blocking.disconnect();
      await quit(command);
    },
  };
}

function openForCluster(bull: Bull, target: ClusterTarget, onChange: OnChange): Connections {
  const watch = new ConnectionWatch(onChange);
  const command = watch.add(persistentClient(bull, target) as Cluster);
  const hashSlotOf = clusterHashSlots();
  const wait = new ClusterWait({ bull, target, cluster: command, hashSlotOf, watch });
  return {
    command,
    listen() {
      throw new Error("each node of a Cluster reports only keys of its own");
    },
    wait,
    hashSlotOf,
    get state() {
      return watch.state;
    },
    rename: ([name]) => wait.rename(name),
    async close() {
      watch.close();
      wait.close();
      await quit(command);
    },
  };
}

/** What a lost connection has not delivered is found in another way, so nobody needs to know of its errors. */
function newListener(bull: Bull, target: OneTarget): Redis {
  const client = newClient(bull, target, {
    lazyConnect: false,
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    // The connection is silent while there are no new queues.
    socketTimeout: undefined,
    ...reconnectOptions(),
  });
  client.on("error", () => {});
  return client;
}

async function quit(client: CommandClient): Promise<void> {
  if (client.status === "ready") {
    const over = new AbortController();
    const late = setTimeout(quitTimeoutMs, undefined, { ref: false, signal: over.signal }).catch(() => {});
    await Promise.race([client.quit().catch(() => {}), late]);
    over.abort();
  }
  client.disconnect();
}
