import type { CommandClient } from "../connection/new-client.ts";
import { jobField } from "../library/key-layout.ts";
import { popCopy } from "./job-copy.ts";

/**
 * What a job is found for. Whoever moves a job needs a few fields of its hash and not its data, its progress or its result,
 * which may be of any size. Who tells the application of its end needs all.
 */
export type FindPurpose = "toHandBack" | "toEnd" | "toTell";

/** `timestamp`: every job has it, so a hash without it is not a job's. */
const needed = [jobField.timestamp, jobField.priority] as const;
/** An attempt's end depends on the job's options and attempts, and adds to its stack traces. */
const neededToEnd = [
  ...needed,
  jobField.options,
  jobField.attemptsMade,
  jobField.attemptsStarted,
  jobField.stacktrace,
  jobField.finishedOn,
] as const;

/** These fields of a job's hash as Redis has them; undefined: there is no such job. */
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

/** Also one that was removed with its end. */
async function readWhole(client: CommandClient, key: string): Promise<Record<string, string> | undefined> {
  const hash = await client.hgetall(key);
  const found = jobField.timestamp in hash ? hash : await popCopy(client, key);
  return jobField.timestamp in found ? found : undefined;
}
