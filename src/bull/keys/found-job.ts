import type { CommandClient } from "../connection/new-client.ts";
import { jobField } from "../library/key-layout.ts";
import { popCopy } from "./job-copy.ts";

/**
 * Why a job is looked up. To move a job, a process needs a few fields of its hash, but not the data, progress or result, which
 * may be of any size. To report a job's end to the application, it needs all of them.
 */
export type FindPurpose = "toHandBack" | "toEnd" | "toTell";

/** Every job has a `timestamp`, so a hash without one is not a job's. */
const needed = [jobField.timestamp, jobField.priority, jobField.processedOn] as const;
/** An attempt's end depends on the job's options and attempts, and adds to its stack traces. */
const neededToEnd = [
  ...needed,
  jobField.options,
  jobField.attemptsMade,
  jobField.attemptsStarted,
  jobField.stacktrace,
  jobField.finishedOn,
] as const;

/** Reads these fields of a job's hash. Resolves with undefined if the job does not exist. */
export async function readFields(
  client: CommandClient,
  key: string,
  purpose: FindPurpose,
): Promise<Record<string, string> | undefined> {
  if (purpose === "toTell") return await readWhole(client, key);
  const fields = purpose === "toEnd" ? neededToEnd : needed;
  const values = await client.hmget(key, ...fields);
  const found = fields.flatMap((field, at) => (typeof values[at] === "string" ? [[field, values[at]] as const] : []));
  return found[0]?.[0] === jobField.timestamp ? Object.fromEntries(found) : undefined;
}

/** Reads the whole hash, or its copy if the job was removed at its end. */
async function readWhole(client: CommandClient, key: string): Promise<Record<string, string> | undefined> {
  const hash = await client.hgetall(key);
  const found = jobField.timestamp in hash ? hash : await popCopy(client, key);
  return jobField.timestamp in found ? found : undefined;
}
