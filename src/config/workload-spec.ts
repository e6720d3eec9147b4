import {
  endsInTail,
  listProblem,
  maximumConcurrency,
  maximumWorkers,
  nameProblem,
  needsQuotes,
  type WorkerSpec,
} from "./workload.ts";
import type { Scanner } from "./workload-scanner.ts";

interface CountedSpec {
  readonly spec: WorkerSpec;
  readonly count: number;
}

/** One worker spec with its xN and @C, at the scanner's position. */
export function takeSpec(scanner: Scanner, cpus: number): CountedSpec {
  const at = scanner.position;
  const bareNumber = scanner.consume(/\d+(?=[\s;]|$)/y);
  let count = bareNumber === undefined ? undefined : workerCount(scanner, bareNumber[0], at);
  let concurrency: number | undefined;
  const standsAlone = bareNumber !== undefined || scanner.look(/(?:x(?:\d+|auto)(?=[\s;]|$)|@)/iy) !== undefined;
  const queues = standsAlone ? ["*"] : takeList(scanner);
  while (true) {
    scanner.skipBlank();
    const tailAt = scanner.position;
    if (count === undefined && scanner.consume(/x(?=\d|auto\b|-|$|\s)/iy)) {
      count = takeCount(scanner, cpus);
    } else if (concurrency === undefined && scanner.consume(/@/y)) {
      concurrency = takeNumber(scanner, "jobs at a time", maximumConcurrency, tailAt);
    } else {
      return { spec: { queues, ...(concurrency !== undefined && { concurrency }) }, count: count ?? 1 };
    }
  }
}

function takeCount(scanner: Scanner, cpus: number): number {
  if (scanner.consume(/auto(?=[\s;@]|$)/iy)) return Math.max(1, Math.min(cpus, maximumWorkers));
  return takeNumber(scanner, "workers", maximumWorkers, scanner.position - 1);
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

function takeList(scanner: Scanner): string[] {
  const at = scanner.position;
  const queues: string[] = [];
  do {
    if (queues.length > 0) {
      scanner.skipBlankLines();
      if (scanner.atEnd || scanner.look(/;/y)) break;
    }
    queues.push(takePattern(scanner));
    scanner.skipBlank();
  } while (scanner.consume(/,/y));
  checkList(scanner, queues, at);
  return queues;
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
  const name = quoted ? consumeQuoted(scanner) : (scanner.consume(/[^\s,;[\]"]+/y)?.[0] ?? "");
  if (name === "") scanner.fail("a queue name", { at });
  if (quoted) checkQuotes(scanner, name, at);
  const problem = nameProblem(name);
  if (problem !== undefined) scanner.fail(problem, { at, got: JSON.stringify(name) });
  if (!quoted && needsQuotes(name)) failBare(scanner, name, at);
  return negation + name;
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
    return scanner.fail("a JSON string", { at, got: match[0].slice(0, 40) });
  }
}

/** `docker --env-file` keeps the quotes around a whole value: refuse it, rather than wait for a queue of that name. */
function checkQuotes(scanner: Scanner, name: string, at: number): void {
  if (!/[,;]|^\d+$/.test(name) && !endsInTail.test(name)) return;
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
