import type { CommandClient } from "../connection/new-client.ts";

/** Long enough for a worker to start and connect, even if the first attempts fail. */
const copyLifetimeMs = 10 * 60_000;

/** The copy never leaves Redis: a job's data may be of any size. */
const copyScript = `
local hash = redis.call("HGETALL", KEYS[1])
if #hash == 0 then return 0 end
redis.call("HSET", KEYS[2], unpack(hash))
if ARGV[2] then redis.call("HSET", KEYS[2], "returnvalue", ARGV[2]) end
redis.call("PEXPIRE", KEYS[2], ARGV[1])
return 1`;

type CopyingRedis = CommandClient & {
  forkerCopyJob(keys: 2, from: string, to: string, ms: number, ...result: string[]): Promise<number>;
};

/** Copies the hash of a job that is about to be removed, for `popCopy`. `result`: the job's result as JSON. */
export async function saveCopy(client: CommandClient, key: string, result?: string): Promise<void> {
  client.defineCommand("forkerCopyJob", { lua: copyScript });
  const more = result === undefined ? [] : [result];
  await (client as CopyingRedis).forkerCopyJob(2, key, copyKey(key), copyLifetimeMs, ...more);
}

/** Reads and deletes the copy. Resolves with an empty object if there is none. */
export async function popCopy(client: CommandClient, key: string): Promise<Record<string, string>> {
  const hash = await client.hgetall(copyKey(key));
  await client.del(copyKey(key));
  return hash;
}

function copyKey(key: string): string {
  return `${key}:forkerCopy`;
}
