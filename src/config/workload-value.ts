import { ForkerError } from "../exit/forker-error.ts";
import { listProblem, maximumWorkers, nameProblem, type WorkerSpec } from "./workload.ts";
import { parseEntry } from "./workload-array.ts";
import { parseWorkload } from "./workload-parser.ts";
import { Scanner } from "./workload-scanner.ts";

const subject = "forker.workload";

/** Parses the value of `forker.workload` from setup(). Throws a ForkerError (badConfig) that names the wrong entry. */
export function workloadOf(value: unknown, { cpus }: { readonly cpus: number }): WorkerSpec[] {
  if (typeof value === "string") return parseWorkload(value, { cpus, subject });
  if (typeof value === "number") return everyQueue(value);
  if (!Array.isArray(value)) return refuse(subject, "a string, a number of workers or an array of queue lists", value);
  if (value.length === 0) return refuse(subject, "at least one worker", value);
  const workload = value.flatMap((entry: unknown, index) => entryOf(entry, `${subject}[${index}]`, cpus));
  if (workload.length > maximumWorkers) return refuse(subject, `at most ${maximumWorkers} workers`, workload.length);
  return workload;
}

function everyQueue(count: number): WorkerSpec[] {
  if (!Number.isInteger(count) || count < 1 || count > maximumWorkers)
    return refuse(subject, `a whole number of workers from 1 to ${maximumWorkers}`, count);
  return Array.from({ length: count }, () => ({ queues: ["*"] }));
}

function entryOf(entry: unknown, place: string, cpus: number): WorkerSpec[] {
  if (typeof entry === "string") return parseEntry(new Scanner(entry, place), cpus);
  if (!Array.isArray(entry) || entry.length === 0)
    return refuse(place, "a queue list as a string, or an array of queue names", entry);
  const queues = entry.map((name: unknown, index) => {
    const problem = typeof name === "string" ? nameProblem(name.replace(/^!/, "")) : "a queue name";
    return problem === undefined ? String(name) : refuse(`${place}[${index}]`, problem, name);
  });
  const problem = listProblem(queues);
  return problem === undefined ? [{ queues }] : refuse(place, problem.expected, entry, problem.advice);
}

function refuse(place: string, expected: string, got: unknown, advice?: string): never {
  const text = `${place}: expected ${expected}, got ${describe(got)}${advice === undefined ? "" : `; ${advice}`}`;
  throw new ForkerError("badConfig", "ERR_FORKER_WORKLOAD", text);
}

/** A value from user code, short enough for one line. */
export function describe(value: unknown): string {
  if (typeof value === "string" || Array.isArray(value)) return (JSON.stringify(value) ?? "an array").slice(0, 80);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
