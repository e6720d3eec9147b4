import type { Cluster, Redis } from "ioredis";
import { newClient } from "../connection/new-client.ts";
import { reconnectOptions } from "../connection/reconnect.ts";
import type { ClusterTarget } from "../connection/redis-target.ts";
import type { Bull } from "../library/load-bull.ts";
import { BlockingWait, type Marker } from "./blocking-wait.ts";

/** How often to try a hash slot that is moving to another node, or whose master has just died. */
const movedDelayMs = 100;
/** A master that does not answer must not delay the jobs of other hash slots for longer than this. */
const firstConnectionMs = 1_000;
const movedMessage = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|UNBLOCKED|READONLY|LOADING|MASTERDOWN) /;

/**
 * Waits for markers of one hash slot of a Cluster, on a separate connection to the node that has the hash slot now. ioredis'
 * Cluster could do this, but it resends a blocking command that was lost with its node, after the wait has ended.
 */
export class HashSlotWait {
  readonly client: Redis;
  /**
   * Resolves when the first connection is established, has failed or takes too long. Before that, a hash slot of lower priority
   * would win.
   */
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

  /** Call it when the Cluster has refreshed its map of hash slots. */
  refreshed(): void {
    if (this.#cluster.status !== "ready" || !this.#follow()) return;
    if (this.client.status === "wait") this.client.connect().catch(() => {});
    else if (this.client.status === "ready") this.client.disconnect(true);
  }

  /** Like BlockingWait's, but resolves with undefined if the hash slot has moved or has no node at the moment. */
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

  /** Sends a command for this hash slot, which makes the Cluster find out where it has moved to and emit `refresh`. */
  #probe(): void {
    if (this.#probing || this.#anyKey === undefined) return;
    this.#probing = true;
    const done = () => {
      this.#probing = false;
      this.refreshed();
    };
    this.#cluster.exists(this.#anyKey).then(done, done);
  }

  /** Makes the next connection go to the node that has the hash slot now. Returns whether that node is a new one. */
  #follow(): boolean {
    const { options } = this.client;
    const owner = this.#cluster.slots[this.#hashSlot]?.[0];
    if (owner === undefined || owner === `${options.host}:${options.port}`) return false;
    // An IPv6 address contains colons, and has no brackets here.
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
