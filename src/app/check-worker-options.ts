import { didYouMean } from "../config/nearest.ts";
import { describe } from "../config/workload-value.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { ForkerDefinition } from "./definition.ts";
import { honouredOptions, isHonoured, refusalOf, refusedOptions } from "./worker-option-table.ts";

/** The keys of a processor's object that BullMQ's Worker does not have. */
const ownKeys = new Set(["process", "on", "isolation", "memory", "nice"]);

/** Throws a ForkerError (badConfig) that names every Worker option of the definition in `file` that forker does not accept. */
export function checkWorkerOptions({ workerOptions, processors }: ForkerDefinition, file: string): void {
  const problems = problemsOf("workerOptions", workerOptions ?? {});
  for (const [pattern, value] of Object.entries(processors)) {
    if (typeof value !== "object") continue;
    const options = Object.fromEntries(Object.entries(value).filter(([key]) => !ownKeys.has(key)));
    problems.push(...problemsOf(`processors[${JSON.stringify(pattern)}]`, options));
  }
  if (problems.length === 0) return;
  throw new ForkerError("badConfig", "ERR_FORKER_WORKER_OPTION", `${file}: ${problems.join("; and ")}`);
}

function problemsOf(place: string, options: object): string[] {
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const problem = value === undefined ? undefined : problemOf(name, value);
    return problem === undefined ? [] : [`${place}.${name}: ${problem}`];
  });
}

function problemOf(name: string, value: unknown): string | undefined {
  if (isHonoured(name)) {
    const { accepts, expected } = honouredOptions[name];
    return accepts(value) ? undefined : `expected ${expected}, got ${describe(value)}`;
  }
  const refused = refusalOf(name);
  if (refused === undefined) {
    const known = [...Object.keys(honouredOptions), ...Object.keys(refusedOptions)];
    return `expected an option of a BullMQ Worker, got "${name}"${didYouMean(name, known)}`;
  }
  return refused.accepts?.(value) === true ? undefined : `not supported: ${refused.why}; ${refused.instead}`;
}
