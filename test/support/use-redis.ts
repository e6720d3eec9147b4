import { Redis } from "ioredis";
import { forAllTests } from "./for-all-tests.ts";
import { type RedisServerOptions, startRedis, type TestRedis } from "./redis.ts";

type ReachableByPort = Omit<RedisServerOptions, "client">;

/** A private redis-server and a client of it for all tests of a file. Both end after the last test. */
export async function useRedis(options: ReachableByPort = {}): Promise<{ redis: TestRedis; client: Redis }> {
  return await forAllTests(startWithClient(options));
}

async function startWithClient(options: ReachableByPort) {
  const redis = await startRedis(options);
  const client = new Redis(redis.port);
  // Some tests end the server. A command that fails because of that rejects, and the client reconnects.
  client.on("error", () => undefined);
  const dispose = async () => {
    client.disconnect();
    await redis.close();
  };
  return { redis, client, [Symbol.asyncDispose]: dispose };
}
