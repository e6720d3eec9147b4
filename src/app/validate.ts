import type { WorkerListener } from "../bull/library/job-type.ts";
import { didYouMean, nearest } from "../config/nearest.ts";
import { nameProblem } from "../config/workload.ts";
import { describe } from "../config/workload-value.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { ForkerDefinition } from "./definition.ts";
import { isolationProblems, runnerLimitProblems } from "./validate-isolation.ts";
import { isFields } from "./worker-option-values.ts";

export const hookNames = [
  "setup",
  "warmup",
  "afterFork",
  // Another name of afterFork.
  "beforeFirstFork",
  "beforePerform",
  "afterPerform",
  "onFailure",
  "teardown",
] as const satisfies (keyof ForkerDefinition)[];

const keys = [...hookNames, "bullmq", "isolation", "memory", "nice", "processors", "workerOptions", "on"];

/** BullMQ's events of a Worker. */
export const workerEvents = [
  "active",
  "closed",
  "closing",
  "completed",
  "drained",
  "error",
  "failed",
  "ioredis:close",
  "lockRenewalFailed",
  "locksRenewed",
  "paused",
  "progress",
  "ready",
  "resumed",
  "stalled",
] as const satisfies (keyof WorkerListener)[];

/** An application may export functions with these names. */
const ambiguous = ["on", "setup", "warmup", "teardown"];
const telling = keys.filter((key) => !ambiguous.includes(key));

/** Whether a default export was meant to be a definition, perhaps with mistakes, of an application with or without Workers of its own. */
export function seemsDefinition(value: unknown, hasWorkers: boolean): boolean {
  if (!isFields(value)) return false;
  if (hasWorkers) return Object.hasOwn(value, "processors");
  const names = Object.keys(value);
  return names.some((name) => nearest(name, telling) !== undefined) || names.some((name) => keys.includes(name));
}

/** The error (badApp) for a file that defines no forker and creates no Worker. */
export function refuseFile(value: unknown, file: string): ForkerError {
  const isNone = value === undefined || (isFields(value) && Object.keys(value).length === 0);
  const got = `${isNone ? "no" : `${describe(value)} as its`} default export, and no Worker`;
  const expected = "a default export made by defineForker({ … }), or BullMQ Workers that it creates";
  return new ForkerError("badApp", "ERR_FORKER_DEFINITION", `${file}: expected ${expected}, got ${got}`);
}

/** Throws a ForkerError (badApp) that names every mistake in the default export of `file`. */
export function validateDefinition(value: unknown, file: string): asserts value is ForkerDefinition {
  const problems =
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? definitionProblems(value as Record<string, unknown>)
      : [
          `expected a default export made by defineForker({ … }), got ${value === undefined ? "none" : describe(value)}`,
        ];
  if (problems.length === 0) return;
  throw new ForkerError("badApp", "ERR_FORKER_DEFINITION", `${file}: ${problems.join("; and ")}`);
}

function definitionProblems(definition: Record<string, unknown>): string[] {
  const problems: string[] = [];
  for (const key of Object.keys(definition)) {
    if (keys.includes(key)) continue;
    const expected = problems.length === 0 ? `expected only ${keys.join(", ")}, ` : "";
    problems.push(`${expected}got "${key}"${didYouMean(key, keys)}`);
  }
  for (const hook of hookNames) {
    const value = definition[hook];
    if (value !== undefined && typeof value !== "function")
      problems.push(`${hook}: expected a function, got ${describe(value)}`);
  }
  if (definition["afterFork"] !== undefined && definition["beforeFirstFork"] !== undefined)
    problems.push("expected afterFork or beforeFirstFork, which are two names of one hook, got both");
  const { bullmq, isolation, processors, workerOptions, on } = definition;
  if (workerOptions !== undefined && !isFields(workerOptions))
    problems.push(`workerOptions: expected an object of BullMQ's Worker options, got ${describe(workerOptions)}`);
  problems.push(...isolationProblems("isolation", isolation), ...runnerLimitProblems("", definition));
  problems.push(...listenerProblems("on", on));
  return [...problems, ...processorsProblems(processors), ...bullProblems(bullmq)];
}

function bullProblems(bullmq: unknown): string[] {
  if (bullmq === undefined) return [];
  const isNamespace = typeof bullmq === "object" && bullmq !== null && ("Worker" in bullmq || "default" in bullmq);
  if (isNamespace) return [];
  return [`bullmq: expected all that the module exports, as \`import * as bullmq\` gives it, got ${describe(bullmq)}`];
}

function listenerProblems(place: string, listeners: unknown): string[] {
  if (listeners === undefined) return [];
  if (!isFields(listeners)) return [`${place}: expected an object of functions by event, got ${describe(listeners)}`];
  return Object.entries(listeners).flatMap(([event, listener]) => {
    const isKnown = (workerEvents as readonly string[]).includes(event);
    if (!isKnown)
      return [`${place}: expected an event of a BullMQ Worker, got "${event}"${didYouMean(event, workerEvents)}`];
    if (listener === undefined || typeof listener === "function") return [];
    return [`${place}.${event}: expected a function, got ${describe(listener)}`];
  });
}

function processorsProblems(processors: unknown): string[] {
  const expected = "processors: expected an object of functions by queue name";
  if (typeof processors === "function") return [`${expected}, got a function; write processors: { "*": … }`];
  if (processors === undefined) return [`${expected}, got none`];
  if (typeof processors !== "object" || processors === null || Array.isArray(processors))
    return [`${expected}, got ${describe(processors)}`];
  const entries = Object.entries(processors);
  if (entries.length === 0) return [`${expected}, got an empty one`];
  return entries.flatMap(([pattern, value]) => {
    const place = `processors[${JSON.stringify(pattern)}]`;
    const problem = pattern.startsWith("!") ? "a queue name, a glob or *" : keyProblem(pattern);
    if (problem !== undefined) return [`${place}: expected ${problem}; one entry for each queue`];
    if (isFields(value)) return queueProblems(place, value);
    if (isProcessor(value)) return [];
    return [`${place}: expected a function, or a module's path that begins with ./, got ${describe(value)}`];
  });
}

/** The Worker options are checked by check-worker-options.ts. */
function queueProblems(place: string, options: Readonly<Record<string, unknown>>): string[] {
  const { process, on, isolation } = options;
  const expected = `${place}.process: expected a function, or a module's path that begins with ./`;
  const problems = isProcessor(process)
    ? []
    : [`${expected}, got ${process === undefined ? "none" : describe(process)}`];
  return [
    ...problems,
    ...isolationProblems(`${place}.isolation`, isolation),
    ...runnerLimitProblems(`${place}.`, options),
    ...listenerProblems(`${place}.on`, on),
  ];
}

function isProcessor(value: unknown): boolean {
  return typeof value === "function" || (typeof value === "string" && /^(?:\.{0,2}\/)/.test(value));
}

/** A queue may be called "4"; only WORKLOAD cannot express it. */
function keyProblem(pattern: string): string | undefined {
  return /^\d+$/.test(pattern) ? undefined : nameProblem(pattern);
}
