import { holdWrites } from "../connection/batch-writes.ts";
import type { CommandClient } from "../connection/new-client.ts";
import { delayedScoreFactor, markerMember, metaField, type QueueKeys } from "../library/key-layout.ts";
import type { Marker } from "../wait/blocking-wait.ts";
import { groupByHashSlot, type HashSlotOf, oneHashSlot } from "../wait/hash-slot.ts";
import type { Script } from "./script.ts";

/** Redis serves no other client while a script runs. */
const queuesAStep = 100;

/** Returns the number of the first key whose marker is due, or 0. */
const firstReadyScript = `
for number, key in ipairs(KEYS) do
  if redis.call("ZCOUNT", key, 0, ARGV[1]) > 0 then return number end
end
return 0`;

/** Returns the numbers of the keys whose markers are due. */
const allReadyScript = `
local ready = {}
for number, key in ipairs(KEYS) do
  if redis.call("ZCOUNT", key, 0, ARGV[1]) > 0 then ready[#ready + 1] = number end
end
return ready`;

/**
 * BullMQ wakes one worker by a marker, which the worker pops. A worker that dies after that, or that pops it while the queue is
 * at its global concurrency, leaves waiting jobs without a marker. BullMQ's remedy is that every worker looks at its queue
 * every five seconds. This script restores the missing markers of many queues at once, and returns which of them have active
 * jobs.
 */
const restoreScript = `
local active = {}
for first = 1, #KEYS, 6 do
  local marker, meta = KEYS[first], redis.call("HMGET", KEYS[first + 4], "${metaField.paused}", "${metaField.concurrency}")
  if redis.call("EXISTS", KEYS[first + 1], KEYS[first + 2]) > 0 and not meta[1]
      and (not meta[2] or redis.call("LLEN", KEYS[first + 5]) < tonumber(meta[2])) then
    redis.call("ZADD", marker, "NX", 0, "${markerMember.job}")
  end
  local due = redis.call("ZRANGE", KEYS[first + 3], 0, 0, "WITHSCORES")
  if due[2] then
    redis.call("ZADD", marker, "NX", string.format("%.0f", math.floor(due[2] / ${delayedScoreFactor})), "${markerMember.delayed}")
  end
  if redis.call("EXISTS", KEYS[first + 5]) > 0 then active[#active + 1] = KEYS[first + 5] end
end
return active`;

type ScriptedRedis = CommandClient & {
  forkerFirstReady: Script<number>;
  forkerAllReady: Script<number[]>;
  forkerRestore: Script<string[]>;
};

/** Reads and writes BullMQ's markers, on the command connection. */
export class Markers {
  readonly #client: ScriptedRedis;
  readonly #hashSlotOf: HashSlotOf;

  /** `hashSlotOf`: a script runs once for each hash slot that its keys are in. */
  constructor(client: CommandClient, hashSlotOf: HashSlotOf = oneHashSlot) {
    this.#hashSlotOf = hashSlotOf;
    client.defineCommand("forkerFirstReady", { lua: firstReadyScript });
    client.defineCommand("forkerAllReady", { lua: allReadyScript });
    client.defineCommand("forkerRestore", { lua: restoreScript });
    this.#client = client as ScriptedRedis;
  }

  /**
   * Resolves with the index of the first of these markers that is due, or -1. Sent together with the other commands of this turn:
   * the end of a job mostly follows.
   */
  async firstReady(keys: readonly string[]): Promise<number> {
    holdWrites(this.#client);
    if (this.#hashSlotOf === oneHashSlot) return await this.#firstOf(keys);
    const groups = [...groupByHashSlot(keys, this.#hashSlotOf, (key) => key).values()];
    const firsts = await Promise.all(groups.map(async (group) => group[await this.#firstOf(group)]));
    const indexes = firsts.flatMap((key) => (key === undefined ? [] : [keys.indexOf(key)]));
    return indexes.length === 0 ? -1 : Math.min(...indexes);
  }

  /** Resolves with those of these markers that are due. Sent together with the other commands of this turn. */
  async allReady(keys: readonly string[]): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    holdWrites(this.#client);
    const groups = [...groupByHashSlot(keys, this.#hashSlotOf, (key) => key).values()];
    const ready = await Promise.all(
      groups.map(async (group) => {
        const numbers = await this.#client.forkerAllReady(group.length, ...group, Date.now());
        return numbers.flatMap((number) => group[number - 1] ?? []);
      }),
    );
    return new Set(ready.flat());
  }

  /** Restores missing markers. Resolves with the `active` keys of the queues that have active jobs. */
  async restore(queues: readonly QueueKeys[]): Promise<Set<string>> {
    const groups = groupByHashSlot(queues, this.#hashSlotOf, ({ marker }) => marker);
    const active = await Promise.all([...groups.values()].map((group) => this.#restore(group)));
    return new Set(active.flat());
  }

  /** Wakes one idle worker, because there may be a job. */
  async mark(key: string): Promise<void> {
    await this.#client.zadd(key, 0, markerMember.job);
  }

  /** Puts back a marker that was popped and will not be acted on. A marker that was added in the meantime is kept. */
  async putBack(marker: Marker): Promise<void> {
    await this.#client.zadd(marker.key, "NX", marker.score, marker.member);
  }

  async #firstOf(keys: readonly string[]): Promise<number> {
    return (await this.#client.forkerFirstReady(keys.length, ...keys, Date.now())) - 1;
  }

  async #restore(queues: readonly QueueKeys[]): Promise<string[]> {
    const active: string[] = [];
    for (let first = 0; first < queues.length; first += queuesAStep) {
      const keys = queues
        .slice(first, first + queuesAStep)
        .flatMap(({ marker, wait, prioritized, delayed, meta, active: running }) => [
          marker,
          wait,
          prioritized,
          delayed,
          meta,
          running,
        ]);
      active.push(...(await this.#client.forkerRestore(keys.length, ...keys)));
    }
    return active;
  }
}
