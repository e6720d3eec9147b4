import type { Redis } from "ioredis";

const keysAStep = 1_000;

/** Every queue of this prefix: BullMQ has no list of them, but each has a `meta` key from its first job on. */
export async function discoverQueues(client: Redis, prefix: string): Promise<Set<string>> {
  const pattern = `${prefix.replace(/[\\*?[\]]/g, "\\$&")}:*:meta`;
  const queues = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = await client.scan(cursor, "MATCH", pattern, "COUNT", keysAStep);
    for (const key of keys) {
      const queue = key.slice(prefix.length + 1, -":meta".length);
      // A job may be called "meta" too; a queue's name has no colon.
      if (queue !== "" && !queue.includes(":")) queues.add(queue);
    }
    cursor = next;
  } while (cursor !== "0");
  return queues;
}
