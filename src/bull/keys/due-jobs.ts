import { type Clock, monotonicClock } from "../../clock/monotonic.ts";
import type { CommandClient } from "../connection/new-client.ts";
import { delayedScoreFactor, lockSuffix, metaField, type QueueKeys } from "../library/key-layout.ts";
import type { Script } from "./script.ts";

/**
 * Returns how many jobs of a queue a worker could take now, when the next delayed one is due, and the id of the latest event. None of a
 * queue that is paused, rate-limited or at its global concurrency. A delayed job that is due counts: only a worker moves it. Each command
 * takes constant time, or logarithmic time in the number of delayed jobs.
 *
 * If asked to, it also counts the active jobs without a lock, which takes time for each active job. A stalled check finds them, and
 * only workers check. They use up a global concurrency, and count nevertheless.
 */
const dueScript = `
local last = redis.call("XREVRANGE", KEYS[7], "+", "-", "COUNT", 1)[1]
local lastEvent = last and last[1] or "$"
local first = redis.call("ZRANGE", KEYS[3], 0, 0, "WITHSCORES")[2]
local nextDue = first and tostring(math.floor(tonumber(first) / ${delayedScoreFactor})) or ""
local meta = redis.call("HMGET", KEYS[4], "${metaField.paused}", "${metaField.concurrency}", "${metaField.rateLimit}")
if meta[1] then return {0, "", lastEvent, 0} end
local limitMs = redis.call("PTTL", KEYS[6])
if meta[3] and limitMs > 0 and tonumber(redis.call("GET", KEYS[6]) or 0) >= tonumber(meta[3]) then
  return {0, tostring(ARGV[1] + limitMs), lastEvent, 0}
end
local jobs = redis.call("LLEN", KEYS[1]) + redis.call("ZCARD", KEYS[2])
if first and tonumber(nextDue) <= tonumber(ARGV[1]) then
  jobs = jobs + redis.call("ZCOUNT", KEYS[3], "-inf", (ARGV[1] + 1) * ${delayedScoreFactor})
  nextDue = ""
end
if meta[2] then jobs = math.max(0, math.min(jobs, tonumber(meta[2]) - redis.call("LLEN", KEYS[5]))) end
local unheld = 0
if ARGV[2] ~= "" then
  for _, id in ipairs(redis.call("LRANGE", KEYS[5], 0, -1)) do
    if redis.call("EXISTS", ARGV[2] .. id .. "${lockSuffix}") == 0 then unheld = unheld + 1 end
  end
end
return {jobs, nextDue, lastEvent, unheld}`;

/** How many active jobs had no lock. */
interface Look {
  readonly unheld: number;
  /** Those that had none at the look before, either: after an outage, workers take expired locks again. */
  readonly left: number;
  readonly atMs: number;
}

/** How often the active jobs are looked at, and how often while some of them have no lock. */
const lookEveryMs = 5_000;
const lookAgainMs = 1_000;

export interface QueueDue {
  readonly queue: string;
  readonly jobs: number;
  /** When there may be more, in milliseconds since 1970. undefined: nobody knows yet. */
  readonly nextDueAt: number | undefined;
  /** The key of the stream of events, and the id of the latest one. `$`: there is none. */
  readonly events: string;
  readonly lastEvent: string;
}

type ScriptedRedis = CommandClient & { forkerDueJobs: Script<[number, string, string, number]> };

/** Counts the jobs that a worker could take now, or could find with a stalled check. */
export class DueJobs {
  readonly #client: ScriptedRedis;
  readonly #clock: Clock;
  readonly #looks = new Map<string, Look>();

  constructor(client: CommandClient, clock: Clock = monotonicClock) {
    client.defineCommand("forkerDueJobs", { lua: dueScript });
    this.#client = client as ScriptedRedis;
    this.#clock = clock;
  }

  /** ioredis sends the commands of one turn together. */
  async count(queues: ReadonlyMap<string, QueueKeys>, checksStalled: (queue: string) => boolean): Promise<QueueDue[]> {
    return await Promise.all(
      [...queues].map(async ([queue, keys]) => await this.#of(queue, keys, checksStalled(queue))),
    );
  }

  async #of(queue: string, keys: QueueKeys, checksStalled: boolean): Promise<QueueDue> {
    const { wait, prioritized, delayed, meta, active, limiter, events, "": prefix } = keys;
    const latest = checksStalled ? this.#looks.get(queue) : undefined;
    const nowMs = this.#clock.now();
    const everyMs = latest?.unheld === 0 ? lookEveryMs : lookAgainMs;
    const looks = checksStalled && (latest === undefined || nowMs - latest.atMs >= everyMs);
    const [jobs, nextDue, lastEvent, unheld] = await this.#client.forkerDueJobs(
      7,
      wait,
      prioritized,
      delayed,
      meta,
      active,
      limiter,
      events,
      Date.now(),
      looks ? prefix : "",
    );
    const left = looks ? Math.min(unheld, latest?.unheld ?? 0) : (latest?.left ?? 0);
    if (looks) this.#looks.set(queue, { unheld, left, atMs: nowMs });
    return { queue, jobs: jobs + left, nextDueAt: nextDue === "" ? undefined : Number(nextDue), events, lastEvent };
  }
}
