import type { CommandClient } from "../connection/new-client.ts";
import { metaField, type QueueKeys } from "../library/key-layout.ts";

/**
 * Returns the first job of a queue if a worker could take it now, and nothing if the queue is empty, paused, at its global
 * concurrency or rate-limited. The limiter's key counts the jobs of its window, and exists long before they reach the limit.
 */
const headScript = `
local meta = redis.call("HMGET", KEYS[3], "${metaField.paused}", "${metaField.concurrency}", "${metaField.rateLimit}")
if meta[1] then return false end
local isLimited = meta[3] and tonumber(redis.call("GET", KEYS[5]) or 0) >= tonumber(meta[3])
if isLimited and redis.call("PTTL", KEYS[5]) > 0 then return false end
if meta[2] and redis.call("LLEN", KEYS[4]) >= tonumber(meta[2]) then return false end
return redis.call("LINDEX", KEYS[1], -1) or redis.call("ZRANGE", KEYS[2], 0, 0)[1] or false`;

type ScriptedRedis = CommandClient & {
  forkerHead: (numberOfKeys: number, ...keys: string[]) => Promise<string | null>;
};

/** Reads the first waiting job of a queue. */
export class WaitingHeads {
  readonly #client: ScriptedRedis;

  constructor(client: CommandClient) {
    client.defineCommand("forkerHead", { lua: headScript });
    this.#client = client as ScriptedRedis;
  }

  async head({ wait, prioritized, meta, active, limiter }: QueueKeys): Promise<string | undefined> {
    return (await this.#client.forkerHead(5, wait, prioritized, meta, active, limiter)) ?? undefined;
  }
}
