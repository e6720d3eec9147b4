import type { CommandClient } from "../connection/new-client.ts";
import { delayedScoreFactor, metaField, type QueueKeys } from "../library/key-layout.ts";
import type { Script } from "./script.ts";

/**
 * Returns how many jobs of a queue a worker could take now, when the next delayed one is due, and the id of the latest event. None of a
 * queue that is paused, rate-limited or at its global concurrency. A delayed job that is due counts: only a worker moves it. Each command
 * takes constant time, or logarithmic time in the number of delayed jobs.
 */
const dueScript = `
local last = redis.call("XREVRANGE", KEYS[7], "+", "-", "COUNT", 1)[1]
local lastEvent = last and last[1] or "$"
local first = redis.call("ZRANGE", KEYS[3], 0, 0, "WITHSCORES")[2]
local nextDue = first and tostring(math.floor(tonumber(first) / ${delayedScoreFactor})) or ""
local meta = redis.call("HMGET", KEYS[4], "${metaField.paused}", "${metaField.concurrency}", "${metaField.rateLimit}")
if meta[1] then return {0, "", lastEvent} end
local limitMs = redis.call("PTTL", KEYS[6])
if meta[3] and limitMs > 0 and tonumber(redis.call("GET", KEYS[6]) or 0) >= tonumber(meta[3]) then
  return {0, tostring(ARGV[1] + limitMs), lastEvent}
end
local jobs = redis.call("LLEN", KEYS[1]) + redis.call("ZCARD", KEYS[2])
if first and tonumber(nextDue) <= tonumber(ARGV[1]) then
  jobs = jobs + redis.call("ZCOUNT", KEYS[3], "-inf", (ARGV[1] + 1) * ${delayedScoreFactor})
  nextDue = ""
end
if meta[2] then jobs = math.max(0, math.min(jobs, tonumber(meta[2]) - redis.call("LLEN", KEYS[5]))) end
return {jobs, nextDue, lastEvent}`;

export interface QueueDue {
  readonly queue: string;
  readonly jobs: number;
  /** When there may be more, in milliseconds since 1970. undefined: nobody knows yet. */
  readonly nextDueAt: number | undefined;
  /** The key of the stream of events, and the id of the latest one. `$`: there is none. */
  readonly events: string;
  readonly lastEvent: string;
}

type ScriptedRedis = CommandClient & { forkerDueJobs: Script<[number, string, string]> };

/** Counts the jobs that a worker could take now. */
export class DueJobs {
  readonly #client: ScriptedRedis;

  constructor(client: CommandClient) {
    client.defineCommand("forkerDueJobs", { lua: dueScript });
    this.#client = client as ScriptedRedis;
  }

  /** ioredis sends the commands of one turn together. */
  async count(queues: ReadonlyMap<string, QueueKeys>): Promise<QueueDue[]> {
    return await Promise.all([...queues].map(async ([queue, keys]) => await this.#of(queue, keys)));
  }

  async #of(queue: string, keys: QueueKeys): Promise<QueueDue> {
    const { wait, prioritized, delayed, meta, active, limiter, events } = keys;
    const answer = await this.#client.forkerDueJobs(
      7,
      wait,
      prioritized,
      delayed,
      meta,
      active,
      limiter,
      events,
      Date.now(),
    );
    const [jobs, nextDue, lastEvent] = answer;
    return { queue, jobs, nextDueAt: nextDue === "" ? undefined : Number(nextDue), events, lastEvent };
  }
}
