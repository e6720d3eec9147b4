import { parseMemory } from "../config/memory-size.ts";
import { describe } from "../config/workload-value.ts";
import type { Isolation } from "./definition.ts";

const isolations: readonly unknown[] = ["job", "none"] satisfies Isolation[];
/** setpriority(2) */
const mostNice = 19;

/** What is wrong with the isolation at this place of a definition, each in one line. */
export function isolationProblems(place: string, isolation: unknown): string[] {
  if (isolation === undefined || isolations.includes(isolation)) return [];
  return [`${place}: expected "job" or "none", got ${shown(isolation)}`];
}

/** The same for the limits of the runners of a queue. */
export function runnerLimitProblems(place: string, { memory, nice }: Readonly<Record<string, unknown>>): string[] {
  const problems = memory === undefined ? [] : memoryProblems(`${place}memory`, memory);
  const isNice = nice === undefined || (Number.isInteger(nice) && Number(nice) >= 0 && Number(nice) <= mostNice);
  return isNice
    ? problems
    : [...problems, `${place}nice: expected a whole number from 0 to ${mostNice}, got ${shown(nice)}`];
}

function memoryProblems(place: string, memory: unknown): string[] {
  const bytes = typeof memory === "string" ? parseMemory(memory, process.constrainedMemory()) : "write it as a string";
  if (typeof bytes === "number") return [];
  return [`${place}: expected a size such as "512M", or a percentage such as "20%", got ${shown(memory)}; ${bytes}`];
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : describe(value);
}
