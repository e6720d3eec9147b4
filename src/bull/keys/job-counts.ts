import type { JobCounts } from "../../protocol/job-counts.ts";
import type { CommandClient } from "../connection/new-client.ts";
import type { QueueKeys } from "../library/key-layout.ts";
import { clusterHashSlots, groupByHashSlot, type HashSlotOf, oneHashSlot } from "../wait/hash-slot.ts";
import type { Script } from "./script.ts";

/** Redis serves no other client while a script runs: this many queues take it about a tenth of a millisecond. */
const queuesAStep = 25;
const keysAQueue = 8;

/** Returns the numbers of jobs in the queues' lists and sets. Each command is of constant time, however many jobs there are. */
const countScript = `
local counts = {}
for first = 1, #KEYS, ${keysAQueue} do
  counts[#counts + 1] = redis.call("LLEN", KEYS[first]) + redis.call("LLEN", KEYS[first + 1])
  counts[#counts + 1] = redis.call("ZCARD", KEYS[first + 2])
  counts[#counts + 1] = redis.call("ZCARD", KEYS[first + 3])
  counts[#counts + 1] = redis.call("LLEN", KEYS[first + 4])
  for other = first + 5, first + 7 do counts[#counts + 1] = redis.call("ZCARD", KEYS[other]) end
end
return counts`;

const countsAQueue = 7;

type ScriptedRedis = CommandClient & { forkerCountJobs: Script<number[]> };

/** Counts the jobs of queues by state. */
export class JobCounter {
  readonly #client: ScriptedRedis;
  readonly #hashSlotOf: HashSlotOf;

  constructor(client: CommandClient) {
    client.defineCommand("forkerCountJobs", { lua: countScript });
    this.#client = client as ScriptedRedis;
    this.#hashSlotOf = "nodes" in client ? clusterHashSlots() : oneHashSlot;
  }

  /** Yields after each step, so that the caller may stop. */
  async *count(queues: ReadonlyMap<string, QueueKeys>): AsyncGenerator<(JobCounts & { readonly queue: string })[]> {
    for (const group of groupByHashSlot([...queues], this.#hashSlotOf, ([, { wait }]) => wait).values())
      for (let first = 0; first < group.length; first += queuesAStep)
        yield await this.#step(group.slice(first, first + queuesAStep));
  }

  async #step(queues: readonly (readonly [string, QueueKeys])[]) {
    const keys = queues.flatMap(([, { wait, paused, prioritized, delayed, active, "": prefix }]) => [
      wait,
      paused,
      prioritized,
      delayed,
      active,
      `${prefix}waiting-children`,
      `${prefix}completed`,
      `${prefix}failed`,
    ]);
    const counts = await this.#client.forkerCountJobs(keys.length, ...keys);
    return queues.map(([queue], at) => {
      const own = counts.slice(at * countsAQueue, (at + 1) * countsAQueue);
      const [waiting = 0, prioritized = 0, delayed = 0, active = 0, waitingChildren = 0, completed = 0, failed = 0] =
        own;
      return { queue, waiting, prioritized, delayed, active, waitingChildren, completed, failed };
    });
  }
}
