/** One worker of the workload: a worker spec. */
export interface WorkerSpec {
  /** Patterns in their order: a name, a glob (`mail-*`), `!negation`, or `*`. */
  readonly queues: readonly string[];
  /** One for each pattern: the queues share the worker by weight. undefined: strict priority. */
  readonly weights?: readonly number[] | undefined;
  /** Jobs at a time, in all queues together. undefined: each queue has a limit of its own: see src/worker/queues/places.ts. */
  readonly concurrency?: number | undefined;
  /** init changes the number of these workers on demand. undefined: there is always one with this spec. */
  readonly range?: WorkerRange | undefined;
}

/** The bounds of a number of workers, `xMIN..MAX`. The workload has as many specs as the maximum. */
export interface WorkerRange {
  readonly minimum: number;
  readonly maximum: number;
  /** Which of them this one is, from 0. */
  readonly place: number;
}

export const maximumWorkers = 1024;
export const maximumConcurrency = 10_000;
export const maximumWeight = 1_000;

/** The workload if neither WORKLOAD nor setup() sets one. */
export const defaultWorkload: readonly WorkerSpec[] = [{ queues: ["*"] }];

/** The specs of one line of the workload: `count` workers, or as many as there may be on demand. */
export function repeated(
  spec: WorkerSpec,
  { count, minimum }: { readonly count: number; readonly minimum?: number | undefined },
): WorkerSpec[] {
  return Array.from({ length: count }, (_, place) =>
    minimum === undefined ? spec : { ...spec, range: { minimum, maximum: count, place } },
  );
}

/** What a worker needs to know of its spec. */
export function withoutRange({ queues, weights, concurrency }: WorkerSpec): WorkerSpec {
  return { queues, ...(weights !== undefined && { weights }), ...(concurrency !== undefined && { concurrency }) };
}

/** The workload in its own grammar. A range is written once. */
export function formatWorkload(specs: readonly WorkerSpec[]): string {
  return specs
    .filter(({ range }) => range === undefined || range.place === 0)
    .map((spec) => formatWorkerSpec(spec) + (spec.range === undefined ? "" : ` ${formatRange(spec.range)}`))
    .join("; ");
}

export function formatRange({ minimum, maximum }: Pick<WorkerRange, "minimum" | "maximum">): string {
  return `x${minimum}..${maximum}`;
}

/** The spec of one worker in WORKLOAD's own grammar: parsing it gives an equal spec, without its range. */
export function formatWorkerSpec(spec: WorkerSpec): string {
  const list = spec.queues.map((pattern, at) => formatPattern(pattern) + formatWeight(spec, pattern, at)).join(",");
  return spec.concurrency === undefined ? list : `${list} @${spec.concurrency}`;
}

function formatWeight({ weights }: WorkerSpec, pattern: string, at: number): string {
  return weights === undefined || pattern.startsWith("!") ? "" : `:${weights[at] ?? 1}`;
}

function formatPattern(pattern: string): string {
  const negated = pattern.startsWith("!");
  const name = negated ? pattern.slice(1) : pattern;
  return `${negated ? "!" : ""}${needsQuotes(name) ? JSON.stringify(name) : name}`;
}

/** Whether a name without quotes in WORKLOAD would be parsed as something else. */
export function needsQuotes(name: string): boolean {
  return /[\s[\]"]|^[@#!']|@\d*$|^x(?:\d+|auto)(?:$|\.\.)/i.test(name);
}

/** What would end a spec if it were not inside a name. */
export const endsInTail = /\s(?:[x@]\d*|xauto|x(?:\d+|auto)\.\.(?:\d*|auto))$/i;

/** Why BullMQ or the grammar does not allow this queue name, as the end of "expected …". undefined: it is allowed. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === "") return "a queue name";
  if (name.trim() !== name) return "a queue name without a blank at its start or end";
  if (name.includes(":")) return "a queue name without ':', which BullMQ reserves for its keys";
  if (/^\d+$/.test(name)) return "a queue name that is not a number (a number on its own is a number of workers)";
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f,;"]/.test(name))
    return "a queue name without comma, semicolon, quotation mark or control character";
  if (endsInTail.test(name)) return "a queue name that does not end in xN or @C";
  if (name.startsWith("!")) return "a queue name after one '!'";
  return undefined;
}

/** Why these patterns can never match a queue, and what to write instead. undefined: they can. */
export function listProblem(
  queues: readonly string[],
): { readonly expected: string; readonly advice: string } | undefined {
  const negations = queues.filter((pattern) => pattern.startsWith("!"));
  const taken = queues.filter((pattern) => !pattern.startsWith("!"));
  const advice = `write *,${negations.join(",")} for all the others`;
  if (queues.length === 0) return { expected: "at least one queue", advice: "write * for every queue" };
  if (negations.includes("!*"))
    return {
      expected: "a queue that is not negated in the same list",
      advice: "remove !*, which excludes every queue",
    };
  if (taken.length === 0) return { expected: "a queue to take besides the negations", advice };
  if (taken.every((pattern) => negations.includes(`!${pattern}`)))
    return { expected: "a queue that is not negated in the same list", advice };
  return undefined;
}
