import type { Redis } from "ioredis";
import { metaSuffix, patternOf } from "./discover-queues.ts";

/**
 * Hears of each new queue at once, if the server's administrator has enabled keyspace events for hashes (`Kh`): BullMQ writes the
 * `meta` hash of a queue before its first job. Resolves with the connection. An event that is lost with a connection is made up
 * for by the next search.
 */
export async function hearOfQueues(client: Redis, prefix: string, found: (queue: string) => void): Promise<Redis> {
  const channel = `__keyspace@${client.options.db ?? 0}__:`;
  client.on("pmessage", (_: string, heard: string) => {
    const queue = heard.slice(channel.length + prefix.length + 1, -metaSuffix.length);
    // A job may also have the id "meta", but a queue's name has no colon.
    if (queue !== "" && !queue.includes(":")) found(queue);
  });
  try {
    await client.psubscribe(`${channel}${patternOf(prefix)}`);
    return client;
  } catch (cause) {
    client.disconnect();
    throw cause;
  }
}
