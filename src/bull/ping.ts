import { ForkerError } from "../exit/forker-error.ts";
import { loadBull } from "./load-bull.ts";
import { newClient } from "./new-client.ts";
import { redisTarget } from "./redis-target.ts";

/** For `forker check`: connects, asks PING, and leaves. Throws a ForkerError that names the server and what it said. */
export async function pingRedis(
  appPath: string,
  connection: string | Record<string, unknown>,
  timeoutMs: number,
): Promise<void> {
  const target = redisTarget(connection);
  const client = newClient(await loadBull(appPath), target, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let last: Error | undefined;
  client.on("error", (error: Error) => {
    last = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    const why = last?.message || (cause instanceof Error ? cause.message : String(cause));
    const message = `Redis at ${target.address}: expected an answer to PING within ${timeoutMs / 1000} s, got: ${why}`;
    throw new ForkerError("badConfig", "ERR_FORKER_REDIS_UNREACHABLE", message, { cause });
  } finally {
    client.disconnect();
  }
}
