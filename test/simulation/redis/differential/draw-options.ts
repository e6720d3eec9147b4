import type { JobsOptions } from "bullmq";
import type { Draws } from "../../../support/draws.ts";

export const chance = (draws: Draws, probability: number) => draws.next() < probability;

export function oneOf<Item>(draws: Draws, items: readonly Item[]): Item | undefined {
  return items[draws.below(items.length)];
}

const keepings = [true, false, 0, 2, { count: 1 }, { age: 10 }, { age: 100, count: 3, limit: 2 }] as const;

/** Options of a job. Each of them is rare, so that combinations are short. */
export function jobOptions(draws: Draws): JobsOptions {
  const options: JobsOptions = {};
  const maybe = (probability: number, set: () => void) => {
    if (chance(draws, probability)) set();
  };
  maybe(0.2, () => (options.delay = draws.below(20_000)));
  maybe(0.25, () => (options.priority = 1 + draws.below(4)));
  maybe(0.1, () => (options.lifo = true));
  maybe(0.15, () => (options.jobId = `id-${draws.below(8)}`));
  maybe(0.4, () => (options.attempts = 1 + draws.below(3)));
  maybe(0.2, () => (options.backoff = { type: "exponential", delay: draws.below(2_000) }));
  maybe(0.3, () => (options.removeOnComplete = keepings[draws.below(keepings.length)] ?? true));
  maybe(0.3, () => (options.removeOnFail = keepings[draws.below(keepings.length)] ?? true));
  maybe(0.1, () => (options.keepLogs = 2));
  maybe(0.1, () => (options.stackTraceLimit = 1));
  maybe(0.15, () => (options.deduplication = deduplication(draws)));
  return options;
}

function deduplication(draws: Draws): NonNullable<JobsOptions["deduplication"]> {
  const id = `same-${draws.below(3)}`;
  const ttl = chance(draws, 0.5) ? { ttl: 5_000 } : {};
  return { id, ...ttl, ...(chance(draws, 0.3) && { extend: true }), ...(chance(draws, 0.3) && { replace: true }) };
}

/** What happens to a parent if this child fails. */
export function childOptions(draws: Draws): JobsOptions {
  const names = [
    "failParentOnFailure",
    "ignoreDependencyOnFailure",
    "removeDependencyOnFailure",
    "continueParentOnFailure",
  ] as const;
  const name = chance(draws, 0.6) ? oneOf(draws, names) : undefined;
  return { ...jobOptions(draws), ...(name !== undefined && { [name]: true }) };
}

/** Data that is awkward for an encoder. */
export function data(draws: Draws): unknown {
  const values = [
    {},
    { n: 1 },
    { text: 'é € 😀 "\\\n' },
    [1, null],
    "text",
    { deep: { list: [{}, []] } },
    { long: "x".repeat(200) },
  ];
  return values[draws.below(values.length)];
}
