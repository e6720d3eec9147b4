import { maximumWorkers, nameProblem, repeated, type WorkerSpec } from "./workload.ts";
import { Scanner } from "./workload-scanner.ts";
import { checkList, consumeQuoted, takeSpec } from "./workload-spec.ts";

/**
 * `["import", "import,export"] * 2`: one entry for each worker, the whole list repeated. A string is a spec in the grammar,
 * an array holds literal names.
 */
export function parseArray(scanner: Scanner, cpus: number): WorkerSpec[] {
  const at = scanner.position;
  const workload: WorkerSpec[] = [];
  takeElements(scanner, () => {
    const entry = takeEntry(scanner, cpus);
    if (workload.length + entry.length <= maximumWorkers) workload.push(...entry);
    else scanner.fail(`at most ${maximumWorkers} workers in all`);
  });
  if (workload.length === 0) scanner.fail("at least one worker in the array", { at, got: "an empty one" });
  const times = takeTimes(scanner, cpus);
  if (workload.length * times > maximumWorkers)
    scanner.fail(`at most ${maximumWorkers} workers in all`, { at, got: String(workload.length * times) });
  return Array.from({ length: times }, () => workload).flat();
}

/** `[`, elements separated by commas, with an optional comma after the last, `]`. */
function takeElements(scanner: Scanner, takeElement: () => void): void {
  scanner.consume(/\[/y);
  while (true) {
    scanner.skipBlankLines();
    if (scanner.consume(/\]/y)) return;
    takeElement();
    scanner.skipBlankLines();
    if (!scanner.consume(/,/y) && !scanner.look(/\]/y)) scanner.fail('"," or "]"');
  }
}

function takeEntry(scanner: Scanner, cpus: number): WorkerSpec[] {
  const at = scanner.position;
  if (scanner.look(/["']/y)) {
    const text = consumeQuoted(scanner);
    const exact = scanner.text.slice(at + 1, scanner.position - 1) === text;
    return parseEntry(new Scanner(text, scanner.subject, { scanner, offset: exact ? at + 1 : at, exact }), cpus);
  }
  if (!scanner.look(/\[/y)) scanner.fail("a queue list in quotes, or an array of names");
  const queues: string[] = [];
  takeElements(scanner, () => queues.push(takeName(scanner)));
  checkList(scanner, queues, at);
  return [{ queues }];
}

function takeName(scanner: Scanner): string {
  const at = scanner.position;
  if (!scanner.look(/["']/y)) scanner.fail("a queue name in quotes");
  const pattern = consumeQuoted(scanner);
  const problem = nameProblem(pattern.replace(/^!/, ""));
  if (problem !== undefined) scanner.fail(problem, { at, got: JSON.stringify(pattern) });
  return pattern;
}

/** A string with one worker spec and nothing else. */
export function parseEntry(scanner: Scanner, cpus: number): WorkerSpec[] {
  scanner.skipBlankLines();
  if (scanner.atEnd) scanner.fail("a queue list");
  const { spec, ...counted } = takeSpec(scanner, cpus);
  scanner.skipBlankLines();
  if (!scanner.atEnd)
    scanner.fail("one queue list in each entry", { advice: "write one kind of worker in each entry" });
  return repeated(spec, counted);
}

function takeTimes(scanner: Scanner, cpus: number): number {
  scanner.skipBlankLines();
  const at = scanner.position;
  const times = scanner.consume(/(?:\*\s*|x)(\d+|auto(?=\s|$))/iy)?.[1];
  scanner.consume(/(?:[\s;]|#[^\n]*)*/y);
  if (!scanner.atEnd || (times !== undefined && Number(times) === 0)) {
    scanner.fail(`"* N", with N from 1 to ${maximumWorkers}, or the end`, { at });
  }
  if (times === undefined) return 1;
  return /^\d+$/.test(times) ? Number(times) : Math.max(1, cpus);
}
