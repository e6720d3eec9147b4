import type { BullJob } from "../library/bull-types.ts";
import { olderJobInternals } from "../library/internals.ts";
import { jobField } from "../library/key-layout.ts";

type Completed = { -readonly [Name in "priority" | "stalledCounter"]?: number };

/** Gives a Job of an older version what it lacks: the fields of its hash that it did not read, and the codes of its errors. */
export function completeJob(job: BullJob, hash: Readonly<Record<string, unknown>>): BullJob {
  const completed = job as Completed;
  // From 5.42 and 5.49 on, BullMQ reads them itself.
  completed.priority ??= Number(hash[jobField.priority] ?? 0);
  completed.stalledCounter ??= Number(hash[jobField.stalledCounter] ?? hash[jobField.olderStalledCounter] ?? 0);
  addCodes(job);
  return job;
}

const withCodes = new WeakMap<object, boolean>();

/** From 5.59 on, an error of a script has the code that the script returned. */
function addCodes(job: BullJob): void {
  const { scripts } = olderJobInternals(job);
  if (scripts?.finishedErrors === undefined || hasCodes(scripts.finishedErrors)) return;
  const make = scripts.finishedErrors.bind(scripts);
  scripts.finishedErrors = (...call) => {
    const [first] = call;
    const code = typeof first === "object" && first !== null && "code" in first ? first.code : first;
    return Object.assign(make(...call), { code });
  };
}

function hasCodes(make: (...call: unknown[]) => Error): boolean {
  const known = withCodes.get(make) ?? /\.code\s*=/.test(Function.prototype.toString.call(make));
  withCodes.set(make, known);
  return known;
}

/** Before 5.33, Job.moveToFailed throws this instead of Redis' answer, which its text ends with. */
const wrapped = /^Error "moveToFailed" with command \w+: (?:(\w*Error): )?(.*?),?$/s;

/** Redis' answer in an error of `Job.moveToFailed`, or the error itself. */
export function answerIn(error: unknown): unknown {
  const [, name = "ReplyError", message] = (error instanceof Error ? wrapped.exec(error.message) : null) ?? [];
  return message === undefined ? error : Object.assign(new Error(message, { cause: error }), { name });
}
