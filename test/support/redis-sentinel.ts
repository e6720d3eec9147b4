import { writeFileSync } from "node:fs";
import path from "node:path";
import { Redis } from "ioredis";
import { eventually } from "./deadline.ts";
import { startRedis, type TestRedis } from "./redis.ts";

const waitMs = 60_000;
export const masterName = "main";

/** A master, its replica, and three sentinels that watch them, each with a password. */
export class TestSentinels implements AsyncDisposable {
  readonly servers: readonly [TestRedis, TestRedis];
  readonly sentinels: readonly TestRedis[];
  /** A client of the current master. */
  readonly client: Redis;
  readonly url: string;

  static readonly password = "pass word/of@redis";
  static readonly sentinelPassword = "pass-of-sentinels";

  static async start(): Promise<TestSentinels> {
    const { password, sentinelPassword } = TestSentinels;
    const secured = {
      arguments: ["--requirepass", password, "--masterauth", password, "--repl-diskless-sync-delay", "0"],
      client: { password },
    };
    const servers = [await startRedis(secured), await startRedis(secured)] as const;
    const [master, replica] = servers;
    const follower = new Redis({ port: replica.port, password });
    await follower.replicaof("127.0.0.1", master.port);
    await eventually(waitMs, "a replica", async () => (await follower.info()).includes("master_link_status:up"));
    follower.disconnect();
    const sentinels = await Promise.all(
      Array.from({ length: 3 }, () =>
        startRedis({
          // redis-server reads its first argument as a configuration file, and a sentinel rewrites that file.
          file: (folder, port) => {
            const file = path.join(folder, "sentinel.conf");
            const lines = [
              `port ${port}`,
              "bind 127.0.0.1",
              `dir ${folder}`,
              `requirepass ${sentinelPassword}`,
              `sentinel sentinel-pass ${sentinelPassword}`,
              `sentinel monitor ${masterName} 127.0.0.1 ${master.port} 2`,
              `sentinel auth-pass ${masterName} "${password}"`,
              `sentinel down-after-milliseconds ${masterName} 1000`,
              `sentinel failover-timeout ${masterName} 5000`,
            ];
            writeFileSync(file, `${lines.join("\n")}\n`);
            return [file, "--sentinel"];
          },
          client: { password: sentinelPassword },
        }),
      ),
    );
    await Promise.all(sentinels.map(({ port }) => knowsAll(port)));
    return new TestSentinels(servers, sentinels);
  }

  constructor(servers: readonly [TestRedis, TestRedis], sentinels: readonly TestRedis[]) {
    const { password, sentinelPassword } = TestSentinels;
    this.servers = servers;
    this.sentinels = sentinels;
    this.client = new Redis({
      sentinels: sentinels.map(({ port }) => ({ host: "127.0.0.1", port })),
      name: masterName,
      password,
      sentinelPassword,
      maxRetriesPerRequest: null,
    });
    this.client.on("error", () => {});
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
    const query = new URLSearchParams({ sentinelPassword });
    this.url = `redis+sentinel://:${encodeURIComponent(password)}@${hosts}/${masterName}?${query.toString()}`;
  }

  /** The server that the sentinels regard as the master now. */
  async master(): Promise<TestRedis> {
    const { sentinelPassword } = TestSentinels;
    const asked = new Redis({ port: this.sentinels[0]?.port ?? 0, password: sentinelPassword });
    const address = (await asked.call("SENTINEL", "get-master-addr-by-name", masterName)) as string[];
    asked.disconnect();
    const found = this.servers.find(({ port }) => String(port) === address[1]);
    if (found === undefined) throw new Error(`no master among ours: ${String(address)}`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect();
    for (const server of [...this.sentinels, ...this.servers]) await server.close();
  }
}

/** A sentinel leads no failover until it knows the replica and the two other sentinels. */
async function knowsAll(port: number): Promise<void> {
  const client = new Redis({ port, password: TestSentinels.sentinelPassword });
  await eventually(waitMs, "a sentinel that knows all", async () => {
    const master = ((await client.call("SENTINEL", "master", masterName)) as string[]).join(" ");
    return /num-slaves 1 /.test(master) && /num-other-sentinels 2 /.test(master);
  });
  client.disconnect();
}
