import type { CommandClient } from "../connection/new-client.ts";
import type { BullJob, BullWorker } from "../library/bull-types.ts";
import { firstMajorWithBackends, type JobHash, type JobOwner, workerInternals } from "../library/internals.ts";
import { jobField } from "../library/key-layout.ts";
import type { Bull } from "../library/load-bull.ts";
import { completeJob } from "../older/complete-job.ts";
import { persistentJobs } from "./job-moves.ts";

type Fields = Record<string, unknown>;

/** The fields that BullMQ parses, and what replaces them if they are not JSON. */
const replacements = {
  [jobField.data]: "null",
  [jobField.options]: "{}",
  [jobField.progress]: "0",
  [jobField.parent]: undefined,
} as const;
type Field = keyof typeof replacements;
const parsed = Object.keys(replacements) as Field[];
/** Data that begins with this mark is not JSON either. It lists the names of the unreadable fields. */
const mark = "\0";

const reasons = new WeakMap<object, string>();

/**
 * BullMQ throws wherever it reads a job whose data is not JSON (Python's `json.dumps` writes `NaN`, for example): no process
 * could run the job, fail it, or hand back the jobs listed after it. Here it becomes a normal job, with the reason why it
 * cannot be run.
 */
export function tolerantJobs(bull: Bull, client: CommandClient): Bull["api"]["Job"] {
  const { api } = bull;
  class TolerantJob extends persistentJobs(bull, client) {}
  const create = (queue: JobOwner, hash: JobHash, id: string | undefined) => {
    const job = api.Job.fromJSON.call(TolerantJob, queue, hash, id);
    return bull.major < firstMajorWithBackends ? completeJob(job, hash as unknown as Fields) : job;
  };
  const read = (queue: JobOwner, hash: JobHash, id?: string) => {
    try {
      return create(queue, hash, id);
    } catch (cause) {
      const fields = hash as unknown as Fields;
      const broken = parsed.filter((field) => !isReadable(field, fields[field]));
      if (broken.length === 0) throw cause;
      const job = create(queue, { ...hash, ...replaced(broken) }, id);
      const { data } = fields;
      const names = typeof data === "string" && data.startsWith(mark) ? data.slice(mark.length) : broken.join(" and ");
      reasons.set(job, `the job's ${names} cannot be read: it is not JSON`);
      return job;
    }
  };
  return Object.assign(TolerantJob, { fromJSON: read }) as unknown as Bull["api"]["Job"];
}

/** Makes this Worker create all its jobs with this class. */
export function tolerate(worker: BullWorker, jobs: Bull["api"]["Job"]): void {
  workerInternals(worker).createJob = (hash, id) => jobs.fromJSON(worker, hash, id);
}

/** Why the job cannot be read; undefined: it can be. */
export function whyUnreadable(job: BullJob): string | undefined {
  return reasons.get(job);
}

/** Whether the job's parent is what cannot be read. */
export function hasUnreadableParent(job: BullJob): boolean {
  return reasons.get(job)?.includes(jobField.parent) === true;
}

/** Repairs a hash in Redis' reply, a list in which each name precedes its value, before BullMQ 6 reads it. */
export function repairReply(reply: unknown[]): void {
  const broken: Field[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    const field = reply[at];
    if (!isParsedEarly(field) || isReadable(field, reply[at + 1])) continue;
    broken.push(field);
    reply[at + 1] = replacements[field] ?? "";
  }
  if (broken.length === 0) return;
  const at = reply.findIndex((value, index) => index % 2 === 0 && value === jobField.data);
  if (at < 0) reply.push(jobField.data, mark + broken.join(" and "));
  else reply[at + 1] = mark + broken.join(" and ");
}

/** The same for a hash whose fields were read by name. */
export function repairHash(hash: Fields): Fields {
  const reply = Object.entries(hash).flat();
  repairReply(reply);
  return Object.fromEntries(Array.from({ length: reply.length / 2 }, (_, at) => [reply[2 * at], reply[2 * at + 1]]));
}

/** Whether version 6 parses the field before it creates a Job, where forker cannot catch the error. */
function isParsedEarly(field: unknown): field is Field {
  return field === jobField.options || field === jobField.progress || field === jobField.parent;
}

function replaced(broken: readonly Field[]): Fields {
  return Object.fromEntries(broken.map((field) => [field, replacements[field]]));
}

/** The text of each field that was last found readable: most jobs of a queue have the same options and the same progress. */
const lastReadable: Partial<Record<Field, string>> = {};
const longestKeptText = 1_000;

function isReadable(field: Field, text: unknown): boolean {
  if (typeof text !== "string" || text === "" || text === lastReadable[field]) return true;
  try {
    const value: unknown = JSON.parse(text);
    const isOfType = field !== jobField.options || (typeof value === "object" && value !== null);
    if (isOfType && text.length <= longestKeptText) lastReadable[field] = text;
    return isOfType;
  } catch {
    return false;
  }
}
