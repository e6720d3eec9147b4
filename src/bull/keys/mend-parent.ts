import type { CommandClient } from "../connection/new-client.ts";
import { jobField } from "../library/key-layout.ts";

/**
 * Repairs the `parent` of a job from its `parentKey`, which has the same content. BullMQ's scripts read the parent when a job
 * ends. If it is malformed, they stop halfway, and the job is in no list. A job without a `parentKey` has no parent.
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
