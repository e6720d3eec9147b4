import type { CommandClient } from "../connection/new-client.ts";
import { jobField } from "../library/key-layout.ts";

/**
 * BullMQ's scripts read the parent of a job that ends, and break off where it is no parent: the job would be in no list. Its
 * `parentKey` says the same; without one, nobody waits for this job.
 */
export async function repairParent(client: CommandClient, jobKey: string): Promise<void> {
  const parentKey = (await client.hget(jobKey, jobField.parentKey)) ?? "";
  const colon = parentKey.lastIndexOf(":");
  if (colon < 0) await client.hdel(jobKey, jobField.parent);
  else {
    const parent = { id: parentKey.slice(colon + 1), queueKey: parentKey.slice(0, colon) };
    await client.hset(jobKey, jobField.parent, JSON.stringify(parent));
  }
}
