import type { CommandClient } from "../connection/new-client.ts";
import type { BullJob, BullWorker } from "../library/bull-types.ts";
import type { Bull } from "../library/load-bull.ts";
import { persistentJobs } from "./job-moves.ts";

/** A job's hash as BullMQ hands it over: what it parses as JSON is text still. */
type Hash = Parameters<Bull["api"]["Job"]["fromJSON"]>[1];
type Owner = Parameters<Bull["api"]["Job"]["fromJSON"]>[0];
type Fields = Record<string, unknown>;

/** What BullMQ parses, and what takes its place where it is no JSON. */
const replacements = { data: "null", opts: "{}", progress: "0", parent: undefined } as const;
type Field = keyof typeof replacements;
const parsed = Object.keys(replacements) as Field[];
/** Of version 6: before it makes a Job, where nobody else can catch what it throws. */
const parsedEarly: ReadonlySet<string> = new Set(["opts", "progress", "parent"] satisfies Field[]);
/** Data that begins so is no JSON, and names the fields that were not. */
const mark = "\0";

const parentField = "parent" satisfies Field;
const reasons = new WeakMap<object, string>();

/**
 * A job whose data is no JSON (Python's `json.dumps` writes `NaN`, say) makes BullMQ throw wherever it meets it: nobody could
 * run it, fail it, or hand back what is listed behind it. Here it becomes a job like any other that says why it cannot be run.
 */
export function tolerantJobs(bull: Bull): Bull["api"]["Job"] {
  const { api } = bull;
  class TolerantJob extends persistentJobs(bull) {}
  const read = (queue: Owner, hash: Hash, id?: string) => {
    try {
      return api.Job.fromJSON.call(TolerantJob, queue, hash, id);
    } catch (cause) {
      const fields = hash as unknown as Fields;
      const broken = parsed.filter((field) => !isReadable(field, fields[field]));
      if (broken.length === 0) throw cause;
      const job = api.Job.fromJSON.call(TolerantJob, queue, { ...hash, ...replaced(broken) }, id);
      const { data } = fields;
      const names = typeof data === "string" && data.startsWith(mark) ? data.slice(mark.length) : broken.join(" and ");
      reasons.set(job, `the job's ${names} cannot be read: it is not JSON`);
      return job;
    }
  };
  return Object.assign(TolerantJob, { fromJSON: read }) as unknown as Bull["api"]["Job"];
}

/** Makes every job of this Worker so. */
export function tolerate(worker: BullWorker, jobs: Bull["api"]["Job"]): void {
  const createJob = (hash: Hash, id: string) => jobs.fromJSON(worker, hash, id);
  Object.assign(worker, { createJob });
}

/** undefined: it can. */
export function whyUnreadable(job: BullJob): string | undefined {
  return reasons.get(job);
}

/**
 * BullMQ's scripts read the parent of a job that ends, and break off where it is no parent: the job would be in no list. Its
 * `parentKey` says the same; without one, nobody waits for this job.
 */
export async function mendParent(client: CommandClient, jobKey: string): Promise<void> {
  const parentKey = (await client.hget(jobKey, "parentKey")) ?? "";
  const colon = parentKey.lastIndexOf(":");
  if (colon < 0) await client.hdel(jobKey, "parent");
  else {
    const parent = { id: parentKey.slice(colon + 1), queueKey: parentKey.slice(0, colon) };
    await client.hset(jobKey, "parent", JSON.stringify(parent));
  }
}

/** Whether it is the parent that cannot be read. */
export function hasUnreadableParent(job: BullJob): boolean {
  return reasons.get(job)?.includes(parentField) === true;
}

/** A hash as Redis answers it, name after value, before BullMQ of version 6 reads it. */
export function mendReply(reply: unknown[]): void {
  const broken: Field[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    const field = reply[at];
    if (typeof field !== "string" || !parsedEarly.has(field) || isReadable(field as Field, reply[at + 1])) continue;
    broken.push(field as Field);
    reply[at + 1] = replacements[field as Field] ?? "";
  }
  if (broken.length === 0) return;
  const at = reply.findIndex((value, index) => index % 2 === 0 && value === "data");
  if (at < 0) reply.push("data", mark + broken.join(" and "));
  else reply[at + 1] = mark + broken.join(" and ");
}

/** The same of a hash that was asked for by name. */
export function mendHash(hash: Fields): Fields {
  const reply = Object.entries(hash).flat();
  mendReply(reply);
  return Object.fromEntries(Array.from({ length: reply.length / 2 }, (_, at) => [reply[2 * at], reply[2 * at + 1]]));
}

function replaced(broken: readonly Field[]): Fields {
  return Object.fromEntries(broken.map((field) => [field, replacements[field]]));
}

function isReadable(field: Field, text: unknown): boolean {
  if (typeof text !== "string" || text === "") return true;
  try {
    const value: unknown = JSON.parse(text);
    return field !== "opts" || (typeof value === "object" && value !== null);
  } catch {
    return false;
  }
}
