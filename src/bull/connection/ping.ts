import { ForkerError } from "../../exit/forker-error.ts";
import { loadBull } from "../library/load-bull.ts";
import { BriefClient } from "./brief-client.ts";
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
  const brief = new BriefClient(bull, target, timeoutMs);
  const { client } = brief;
  try {
    await client.connect();
    await client.ping();
    const problems = await findServerProblems(client, target, bull.api.RedisConnection.minimumVersion);
    const fatal = problems.find(({ severity }) => severity === "error");
    if (fatal !== undefined) throw new ForkerError("badConfig", "ERR_FORKER_REDIS_SERVER", fatal.text);
    return problems.map(({ text }) => text);
  } catch (cause) {
    if (cause instanceof ForkerError) throw cause;
    const message = `Redis at ${target.address}: expected an answer to PING within ${timeoutMs / 1000} s, got: ${brief.describe(cause)}`;
    throw new ForkerError("badConfig", "ERR_FORKER_REDIS_UNREACHABLE", message, { cause });
  } finally {
    brief.close();
  }
}
