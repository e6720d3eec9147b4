import { isDynamic } from "./queue-pattern.ts";
import {
  endsInTail,
  listProblem,
  maximumConcurrency,
  maximumWeight,
  maximumWorkers,
  nameProblem,
  needsQuotes,
  type WorkerSpec,
} from "./workload.ts";
import type { Scanner } from "./workload-scanner.ts";

interface WorkerCount {
  /** The maximum, if the number changes on demand. */
  readonly count: number;
  /** undefined: the number is fixed. */
  readonly minimum?: number | undefined;
}

interface CountedSpec extends WorkerCount {
  readonly spec: WorkerSpec;
}

/** One worker spec with its xN or xMIN..MAX and @C, at the scanner's position. */
export function takeSpec(scanner: Scanner, cpus: number): CountedSpec {
  const at = scanner.position;
  const bareNumber = scanner.consume(/\d+(?=[\s;]|$)/y);
  let count: WorkerCount | undefined =
    bareNumber === undefined ? undefined : { count: workerCount(scanner, bareNumber[0], at) };
  let concurrency: number | undefined;
  const standsAlone =
    bareNumber !== undefined || scanner.look(/(?:x(?:\d+|auto)(?:\.\.[^\s;@]*)?(?=[\s;]|$)|@)/iy) !== undefined;
  const list = standsAlone ? { queues: ["*"] } : takeList(scanner);
  while (true) {
    scanner.skipBlank();
    const tailAt = scanner.position;
    if (count === undefined && scanner.consume(/x(?=\d|auto\b|-|\.\.|$|\s)/iy)) {
      count = takeCount(scanner, cpus);
      requireNames(scanner, list.queues, count, tailAt);
    } else if (concurrency === undefined && scanner.consume(/@/y)) {
      concurrency = takeNumber(scanner, "jobs at a time", maximumConcurrency, tailAt);
    } else {
      return { spec: { ...list, ...(concurrency !== undefined && { concurrency }) }, ...(count ?? { count: 1 }) };
    }
  }
}

function takeCount(scanner: Scanner, cpus: number): WorkerCount {
  const at = scanner.position - 1;
  const perCpu = Math.max(1, Math.min(cpus, maximumWorkers));
  if (scanner.consume(/auto(?=[\s;@]|$)/iy)) return { count: perCpu };
  if (scanner.look(/[^\s;,@]*\.\./y) === undefined)
    return { count: takeNumber(scanner, "workers", maximumWorkers, at) };
  const word = scanner.consume(/[^\s;,@]*/y)?.[0] ?? "";
  const [least = "", most = ""] = word.split(/\.\.(.*)/s);
  const minimum = /^\d{1,4}$/.test(least) ? Number(least) : Infinity;
  const count = /^auto$/i.test(most) ? perCpu : /^\d{1,4}$/.test(most) ? Number(most) : 0;
  if (count >= 1 && count <= maximumWorkers && minimum <= count) return { count, ...(minimum < count && { minimum }) };
  return scanner.fail(`xMIN..MAX, with MIN from 0 to MAX and MAX from 1 to ${maximumWorkers}`, {
    at,
    got: JSON.stringify(`x${word}`),
    ...(/^auto$/i.test(most) && minimum > count && { advice: `auto is ${count} here` }),
  });
}

/** Workers find the queues that a glob matches. While there is none, nobody does. */
function requireNames(scanner: Scanner, queues: readonly string[], { minimum }: WorkerCount, at: number): void {
  if (minimum !== 0 || !isDynamic(queues)) return;
  scanner.fail("at least one worker for a list with a pattern, or queues by name", {
    at,
    advice: "only a worker finds the queues that a pattern matches: write x1..MAX",
  });
}

function workerCount(scanner: Scanner, digits: string, at: number): number {
  const count = Number(digits);
  if (count >= 1 && count <= maximumWorkers) return count;
  return scanner.fail(`a number of workers from 1 to ${maximumWorkers}`, { at, got: JSON.stringify(digits) });
}

function takeNumber(scanner: Scanner, what: string, maximum: number, at: number): number {
  const word = scanner.consume(/[^\s;,@]*/y)?.[0] ?? "";
  const value = /^\d+$/.test(word) ? Number(word) : 0;
  if (value >= 1 && value <= maximum) return value;
  const sign = scanner.text.slice(at, at + 1);
  return scanner.fail(`${sign} and a number of ${what} from 1 to ${maximum}`, {
    at,
    got: JSON.stringify(`${sign}${word}`),
  });
}

type TakenList = Pick<WorkerSpec, "queues" | "weights">;

/** If one queue has a weight, the others have the weight 1. */
function takeList(scanner: Scanner): TakenList {
  const at = scanner.position;
  const queues: string[] = [];
  const positions: number[] = [];
  const weights: (number | undefined)[] = [];
  do {
    if (queues.length > 0) {
      scanner.skipBlankLines();
      if (scanner.atEnd || scanner.look(/;/y)) break;
    }
    positions.push(scanner.position);
    queues.push(takePattern(scanner));
    weights.push(takeWeight(scanner, queues.at(-1) ?? ""));
    scanner.skipBlank();
  } while (scanner.consume(/,/y));
  checkList(scanner, queues, at);
  if (weights.every((weight) => weight === undefined)) return { queues };
  const again = queues.findIndex((pattern, place) => queues.indexOf(pattern) < place);
  // Which of its weights counts?
  if (again >= 0)
    scanner.fail("each queue once in a list with weights", {
      at: positions[again] ?? at,
      got: JSON.stringify(queues[again]),
    });
  return { queues, weights: weights.map((weight) => weight ?? 1) };
}

export function checkList(scanner: Scanner, queues: readonly string[], at: number): void {
  const problem = listProblem(queues);
  if (problem === undefined) return;
  const { expected, advice } = problem;
  scanner.fail(expected, { at, got: queues.length === 0 ? "an empty list" : JSON.stringify(queues.join(",")), advice });
}

function takePattern(scanner: Scanner): string {
  const negation = scanner.consume(/![^\S\n]*/y) === undefined ? "" : "!";
  const at = scanner.position;
  const quoted = scanner.look(/["']/y) !== undefined;
  const name = quoted ? consumeQuoted(scanner) : (scanner.consume(/(?:(?!:\d+(?:[\s,;]|$))[^\s,;[\]"])+/y)?.[0] ?? "");
  if (name === "") scanner.fail("a queue name", { at });
  if (quoted) checkQuotes(scanner, name, at);
  const problem = nameProblem(name);
  const orWeight = !quoted && name.indexOf(":") > 0 ? `, or a weight from 1 to ${maximumWeight} after the name` : "";
  if (problem !== undefined) scanner.fail(problem + orWeight, { at, got: JSON.stringify(name) });
  if (!quoted && needsQuotes(name)) failBare(scanner, name, at);
  return negation + name;
}

/** `:3` after a name or a pattern. undefined: there is none. */
function takeWeight(scanner: Scanner, pattern: string): number | undefined {
  const at = scanner.position;
  const digits = scanner.consume(/:(\d+)(?=[\s,;]|$)/y)?.[1];
  if (digits === undefined) return undefined;
  if (pattern.startsWith("!")) scanner.fail("no weight after a negation", { at });
  const weight = /^\d{1,4}$/.test(digits) ? Number(digits) : 0;
  if (weight >= 1 && weight <= maximumWeight) return weight;
  return scanner.fail(`a weight from 1 to ${maximumWeight} after the colon`, { at, got: JSON.stringify(`:${digits}`) });
}

/** The content of a JSON string, or of one in single quotes. */
export function consumeQuoted(scanner: Scanner): string {
  const at = scanner.position;
  const match = scanner.consume(/"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'/y);
  if (match === undefined)
    return scanner.fail("a quoted string with its closing quotation mark on the same line", { at });
  if (match[2] !== undefined) return match[2];
  try {
    return JSON.parse(match[0]) as string;
  } catch {
    const advice = match[0].includes("\\") ? "write \\\\ for a backslash, or use single quotes" : "";
    return scanner.fail("a JSON string", { at, got: match[0].slice(0, 40), advice });
  }
}

/** `docker --env-file` keeps the quotes around a whole value: refuse it, rather than wait for a queue of that name. */
function checkQuotes(scanner: Scanner, name: string, at: number): void {
  const { text, position } = scanner;
  const isWhole = text.slice(0, at).trim() === "" && text.slice(position).trim() === "";
  if (!isWhole || (!/[,;]|^\d+$/.test(name) && !endsInTail.test(name))) return;
  scanner.fail("one queue name in quotes", {
    at,
    got: JSON.stringify(name),
    advice: "remove the quotes around the whole value (docker's --env-file keeps them)",
  });
}

function failBare(scanner: Scanner, name: string, at: number): never {
  const concurrency = /@\d*$/.exec(name);
  const inside = concurrency !== null && concurrency.index > 0;
  if (inside) scanner.fail(`a blank before ${concurrency[0]}`, { at, got: JSON.stringify(name) });
  return scanner.fail("a queue name", {
    at,
    advice: `write xN and @C after the list and a blank, without a comma; write a queue of that name as ${JSON.stringify(name)}`,
  });
}
