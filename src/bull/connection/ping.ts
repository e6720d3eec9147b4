import { ForkerError } from "../../exit/forker-error.ts";
import { loadBull } from "../library/load-bull.ts";
import { describeError } from "./describe-error.ts";
import { type CommandClient, newClient, newCluster } from "./new-client.ts";
import { redisTarget } from "./redis-target.ts";
import { findServerProblems } from "./server-info.ts";

/**
 * For `forker check`: connects, sends PING, checks the server's configuration and disconnects. Resolves with warnings. Throws a
 * ForkerError that names the server and its answer.
 */
export async function pingRedis(
  appPath: string,
  connection: string | Record<string, unknown>,
  timeoutMs: number,
): Promise<string[]> {
  const target = redisTarget(connection);
  const bull = await loadBull(appPath);
  let last: Error | undefined;
  const failed = (error: Error) => {
    last = error;
  };
  const own = { connectTimeout: timeoutMs, maxRetriesPerRequest: 0 };
  const client: CommandClient =
    target.kind === "one"
      ? newClient(bull, target, {
          ...own,
          lazyConnect: true,
          retryStrategy: () => null,
          sentinelRetryStrategy: () => null,
        })
      : newCluster(bull, target, {
          redisOptions: own,
          lazyConnect: true,
          clusterRetryStrategy: () => null,
          slotsRefreshTimeout: timeoutMs,
        });
  client.on("error", failed);
  client.on("node error", failed);
  const late = setTimeout(() => {
    last ??= new Error("no answer");
    client.disconnect();
  }, timeoutMs);
  try {
    await client.connect();
    await client.ping();
    const problems = await findServerProblems(client, target, bull.api.RedisConnection.minimumVersion);
    const fatal = problems.find(({ severity }) => severity === "error");
    if (fatal !== undefined) throw new ForkerError("badConfig", "ERR_FORKER_REDIS_SERVER", fatal.text);
    return problems.map(({ text }) => text);
  } catch (cause) {
    if (cause instanceof ForkerError) throw cause;
    const why = last === undefined ? (cause instanceof Error ? cause.message : String(cause)) : describeError(last);
    const message = `Redis at ${target.address}: expected an answer to PING within ${timeoutMs / 1000} s, got: ${why}`;
    throw new ForkerError("badConfig", "ERR_FORKER_REDIS_UNREACHABLE", message, { cause });
  } finally {
    clearTimeout(late);
    client.disconnect();
  }
}
