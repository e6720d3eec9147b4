import type { Redis } from "ioredis";
import type { CommandClient } from "../connection/new-client.ts";
import type { QueueKeys } from "../library/key-layout.ts";

const keysAStep = 1_000;
export const metaSuffix = `:${"meta" satisfies keyof QueueKeys}`;

/** Finds every queue with this prefix. BullMQ keeps no list of queues, but each queue has a `meta` key from its first job on. */
export async function discoverQueues(client: CommandClient, prefix: string): Promise<Set<string>> {
  const queues = new Set<string>();
  await Promise.all(serversOf(client).map((server) => discoverOn(server, prefix, queues)));
  return queues;
}

/** SCAN lists the keys of one server only. */
function serversOf(client: CommandClient): Redis[] {
  if (!("nodes" in client)) return [client];
  const masters = client.nodes("master");
  // Without this error, existing queues would seem to have been deleted.
  if (client.status !== "ready" || masters.length === 0) throw new Error("no node of the Cluster is reachable");
  return masters;
}

/** Matches the `meta` keys of all queues with this prefix. */
export function patternOf(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, "\\$&")}:*${metaSuffix}`;
}

async function discoverOn(server: Redis, prefix: string, queues: Set<string>): Promise<void> {
  const pattern = patternOf(prefix);
  let cursor = "0";
  do {
    const [next, keys] = await server.scan(cursor, "MATCH", pattern, "COUNT", keysAStep);
    for (const key of keys) {
      const queue = key.slice(prefix.length + 1, -metaSuffix.length);
      // A job may also have the id "meta", but a queue's name has no colon.
      if (queue !== "" && !queue.includes(":")) queues.add(queue);
    }
    cursor = next;
  } while (cursor !== "0");
}
