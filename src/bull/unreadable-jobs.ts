import type { BullJob, BullWorker } from "./lane.ts";
import type { Bull } from "./load-bull.ts";

/** A job's hash as BullMQ hands it over: what it parses as JSON is text still. */
type Hash = Parameters<Bull["api"]["Job"]["fromJSON"]>[1];
type Owner = Parameters<Bull["api"]["Job"]["fromJSON"]>[0];

/** What takes the place of text that is no JSON. */
const replacements = { data: "null", opts: "{}", progress: "0", parent: undefined } as const;

const reasons = new WeakMap<object, string>();

/**
 * A job whose data is no JSON (Python's `json.dumps` writes `NaN`, say) makes BullMQ throw wherever it meets it: nobody could
 * run it, fail it, or hand back what is listed behind it. Here it becomes a job like any other that says why it cannot be run.
 */
export function tolerantJobs({ api }: Bull): Bull["api"]["Job"] {
  class TolerantJob extends api.Job {}
  const read = (queue: Owner, hash: Hash, id?: string) => {
    try {
      return api.Job.fromJSON.call(TolerantJob, queue, hash, id);
    } catch (cause) {
      const broken = fieldsThatAreNoJson(hash);
      if (broken.length === 0) throw cause;
      const replaced = Object.fromEntries(broken.map((field) => [field, replacements[field]]));
      const job = api.Job.fromJSON.call(TolerantJob, queue, { ...hash, ...replaced }, id);
      reasons.set(job, `the job's ${broken.join(" and ")} cannot be read: it is not JSON`);
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

function fieldsThatAreNoJson(hash: Hash): (keyof typeof replacements)[] {
  const fields = Object.keys(replacements) as (keyof typeof replacements)[];
  return fields.filter((field) => {
    const text = (hash as unknown as Record<string, unknown>)[field];
    return typeof text === "string" && !isJson(text);
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
