import type { Cluster, Redis } from "ioredis";
import { newClient } from "../connection/new-client.ts";
import { reconnectOptions } from "../connection/reconnect.ts";
import type { ClusterTarget } from "../connection/redis-target.ts";
import type { Bull } from "../library/load-bull.ts";
import { BlockingWait, type Marker } from "./blocking-wait.ts";

/** A hash slot that is on its way from one node to another, or whose master has just died, is asked for this often. */
const movedDelayMs = 100;
/** A master that does not answer shall not keep the other hash slots' jobs for longer. */
const firstConnectionMs = 1_000;
const movedMessage = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|UNBLOCKED|READONLY|LOADING|MASTERDOWN) /;

/**
 * Waits for markers of one hash slot of a Cluster: a connection of its own to the node that has the hash slot now. ioredis' Cluster would
 * do, but it sends a blocking command that was lost with its node again, when nobody waits for it any more.
 */
export class HashSlotWait {
  readonly client: Redis;
  /** Its first connection is there, or is not to be waited for: until then a hash slot below would come before it. */
  readonly settled: Promise<void>;
  readonly #cluster: Cluster;
  readonly #hashSlot: number;
  readonly #wait: BlockingWait;
  #probing = false;
  #anyKey: string | undefined;

  constructor(bull: Bull, target: ClusterTarget, cluster: Cluster, hashSlot: number, name: string | undefined) {
    this.#cluster = cluster;
    this.#hashSlot = hashSlot;
    const { retryStrategy, ...reconnecting } = reconnectOptions();
    const { nodeOptions, address } = target;
    this.client = newClient(
      bull,
      { kind: "one", options: nodeOptions, address },
      {
        ...(name !== undefined && { connectionName: name }),
        lazyConnect: true,
        enableOfflineQueue: true,
        maxRetriesPerRequest: null,
        autoResendUnfulfilledCommands: false,
        enableAutoPipelining: false,
        socketTimeout: undefined,
        ...reconnecting,
        retryStrategy: (attempt) => {
          this.#probe();
          this.#follow();
          return retryStrategy?.(attempt);
        },
      },
    );
    this.settled = new Promise((resolve) => {
      setTimeout(resolve, firstConnectionMs).unref();
      this.client.once("ready", resolve);
      this.client.once("close", resolve);
    });
    this.#wait = new BlockingWait(this.client, (id) => this.#unblock(id));
  }

  /** The Cluster knows where its hash slots are, perhaps better than before. */
  refreshed(): void {
    if (this.#cluster.status !== "ready" || !this.#follow()) return;
    if (this.client.status === "wait") this.client.connect().catch(() => {});
    else if (this.client.status === "ready") this.client.disconnect(true);
  }

  /** As BlockingWait's, but a hash slot that is elsewhere, or nowhere just now, is no marker in time. */
  async wait(ready: readonly string[], keys: readonly string[], timeoutMs: number): Promise<Marker | undefined> {
    this.#anyKey = keys[0];
    try {
      return await this.#wait.wait(ready, keys, timeoutMs);
    } catch (error) {
      if (!(error instanceof Error && movedMessage.test(error.message))) throw error;
      this.#probe();
      await new Promise((resolve) => setTimeout(resolve, movedDelayMs));
      return undefined;
    }
  }

  interrupt(): void {
    this.#wait.interrupt();
  }

  close(): void {
    this.client.disconnect();
  }

  /** A command for this hash slot makes the Cluster find out where it is, if it has moved. It says `refresh` then. */
  #probe(): void {
    if (this.#probing || this.#anyKey === undefined) return;
    this.#probing = true;
    const done = () => {
      this.#probing = false;
      this.refreshed();
    };
    this.#cluster.exists(this.#anyKey).then(done, done);
  }

  /** Makes the next connection go to the hash slot's node of now. Says whether that is another than the last. */
  #follow(): boolean {
    const { options } = this.client;
    const owner = this.#cluster.slots[this.#hashSlot]?.[0];
    if (owner === undefined || owner === `${options.host}:${options.port}`) return false;
    // An address of version 6 has colons itself, and no brackets here.
    const colon = owner.lastIndexOf(":");
    options.host = owner.slice(0, colon);
    options.port = Number(owner.slice(colon + 1));
    return true;
  }

  #unblock(id: number): void {
    const { host, port } = this.client.options;
    const node = this.#cluster.nodes("all").find(({ options }) => options.host === host && options.port === port);
    node?.client("UNBLOCK", id).catch(() => {});
  }
}
