import hashSlotOfKey from "cluster-key-slot";
import { Cluster, Redis } from "ioredis";
import { eventually } from "./deadline.ts";
import { freePort, startRedis, type TestRedis } from "./redis.ts";

const slots = 16_384;
const waitMs = 60_000;

/** One server of a Cluster, and a client of this server only. */
export interface ClusterNode extends TestRedis {
  readonly client: Redis;
  readonly id: string;
}

/** A Redis Cluster of private servers, which ends with the test. */
export class TestCluster implements AsyncDisposable {
  readonly masters: readonly ClusterNode[];
  /** One replica for each master, in the same order, or none. */
  readonly replicas: readonly ClusterNode[];
  readonly client: Cluster;
  readonly url: string;

  static async start({ replicas = false } = {}): Promise<TestCluster> {
    const nodes = await Promise.all(Array.from({ length: replicas ? 6 : 3 }, startNode));
    const masters = nodes.slice(0, 3);
    const followers = nodes.slice(3);
    await Promise.all(
      masters.map(({ client }, index) => {
        const first = Math.ceil((slots * index) / masters.length);
        return client.cluster("ADDSLOTSRANGE", first, Math.ceil((slots * (index + 1)) / masters.length) - 1);
      }),
    );
    const [first] = nodes;
    for (const { port, busPort } of nodes.slice(1))
      await first?.client.call("CLUSTER", "MEET", "127.0.0.1", port, busPort);
    await everyone(nodes, "to know all others", async ({ client }) => {
      const known = String(await client.cluster("NODES"))
        .trim()
        .split("\n");
      return known.length === nodes.length && known.every((line) => !line.includes("handshake"));
    });
    for (const [index, { client }] of followers.entries()) {
      await client.cluster("REPLICATE", masters[index]?.id ?? "");
    }
    await everyone(nodes, "a Cluster that is up", async ({ client }) => {
      const info = await client.cluster("INFO");
      const isReplicating = /master_link_status:up/.test(await client.info("replication"));
      const isFollower = followers.some((one) => one.client === client);
      return info.includes("cluster_state:ok") && isReplicating === isFollower;
    });
    return new TestCluster(masters, followers);
  }

  constructor(masters: readonly ClusterNode[], replicas: readonly ClusterNode[]) {
    this.masters = masters;
    this.replicas = replicas;
    this.url = `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
    this.client = new Cluster(
      masters.map(({ port }) => ({ host: "127.0.0.1", port })),
      {
        redisOptions: { maxRetriesPerRequest: null },
        maxRedirections: 1_000,
        clusterRetryStrategy: () => 100,
        retryDelayOnMoved: 20,
      },
    );
    this.client.on("error", () => {});
  }

  /** The master of the key's hash slot, as the Cluster was created. */
  masterOf(key: string): ClusterNode {
    const index = Math.floor((hashSlotOfKey(key) * this.masters.length) / slots);
    const master = this.masters[index];
    if (master === undefined) throw new Error(`no master of ${key}`);
    return master;
  }

  /** Moves a hash slot, key by key, from one master to another, as an operator does, while clients use it. */
  async moveHashSlot(slot: number, from: ClusterNode, to: ClusterNode): Promise<void> {
    await to.client.cluster("SETSLOT", slot, "IMPORTING", from.id);
    await from.client.cluster("SETSLOT", slot, "MIGRATING", to.id);
    for (;;) {
      const keys = await from.client.cluster("GETKEYSINSLOT", slot, 10);
      if (keys.length === 0) break;
      await from.client.migrate("127.0.0.1", to.port, "", 0, 5_000, "KEYS", ...keys);
    }
    for (const { client } of [to, from, ...this.masters]) await client.cluster("SETSLOT", slot, "NODE", to.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect();
    for (const node of [...this.masters, ...this.replicas]) {
      node.client.disconnect();
      await node.close();
    }
  }
}

async function startNode(): Promise<ClusterNode & { busPort: number }> {
  const busPort = await freePort();
  const redis = await startRedis({
    arguments: [
      ["--cluster-enabled", "yes"],
      ["--cluster-port", String(busPort)],
      ["--cluster-node-timeout", "2000"],
      // If a master is unavailable, only its own hash slots are.
      ["--cluster-require-full-coverage", "no"],
      ["--cluster-replica-validity-factor", "0"],
      ["--repl-diskless-sync-delay", "0"],
      // The keys of a server that restarts without them are lost.
      ["--appendonly", "yes", "--appendfsync", "no"],
    ].flat(),
  });
  const client = new Redis({ port: redis.port, maxRetriesPerRequest: null });
  client.on("error", () => {});
  return Object.assign(redis, { busPort, client, id: await client.cluster("MYID") });
}

async function everyone(
  nodes: readonly ClusterNode[],
  what: string,
  holds: (node: ClusterNode) => Promise<boolean>,
): Promise<void> {
  await eventually(waitMs, what, async () => (await Promise.all(nodes.map(holds))).every(Boolean));
}
