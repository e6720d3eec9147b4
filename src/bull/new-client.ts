import type { Redis, RedisOptions } from "ioredis";
import type { Bull } from "./load-bull.ts";
import type { RedisTarget } from "./redis-target.ts";

/** A client for the target, whose own options win over what the user gave. It connects at once unless they are lazy. */
export function newClient({ Redis }: Bull, { url, options }: RedisTarget, own: RedisOptions): Redis {
  // BullMQ's scripts know RESP2's shapes; a command timeout would cut every wait for jobs short.
  const { commandTimeout: _, ...given } = options;
  const all = { ...given, ...own, replyMapping: "legacy" as const };
  return url === undefined ? new Redis(all) : new Redis(url, all);
}
