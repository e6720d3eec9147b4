import { bestPattern, isDynamic, isGlob, matchesQueues } from "../config/queue-pattern.ts";
import type { WorkerSpec } from "../config/workload.ts";
import type { QueueOptions } from "../protocol/queue-options.ts";
import type { ForkerDefinition } from "./definition.ts";
import { isHonoured } from "./worker-option-table.ts";
import type { QueueWorkerOptions } from "./worker-options.ts";

export type OptionsFor = (queue: string) => QueueWorkerOptions;

/** The Worker options of each queue: its own, by the same rule as its processor, before those for all queues. */
export function optionsBy(definition: ForkerDefinition): OptionsFor {
  const patterns = Object.keys(definition.processors);
  const found = new Map<string, QueueWorkerOptions>();
  return (queue) => {
    const known = found.get(queue) ?? mergedOptions(definition, bestPattern(patterns, queue));
    found.set(queue, known);
    return known;
  };
}

function mergedOptions(
  { workerOptions, processors }: ForkerDefinition,
  pattern: string | undefined,
): QueueWorkerOptions {
  const processor = pattern === undefined ? undefined : processors[pattern];
  const common = honouredOf(workerOptions);
  const own = typeof processor === "object" ? honouredOf(processor) : {};
  const settings = { ...common.settings, ...own.settings };
  return { ...common, ...own, ...(Object.keys(settings).length > 0 && { settings }) };
}

/** Leaves out what is not given, which would hide an option for all queues and BullMQ's default. */
function honouredOf(given: QueueWorkerOptions | undefined): QueueWorkerOptions {
  return Object.fromEntries(
    Object.entries(given ?? {}).filter(([name, value]) => isHonoured(name) && value !== undefined),
  ) as QueueWorkerOptions;
}

/** For init and the keeper, which have no application: one entry for each key of the processors. */
export function plainOptions({ processors }: ForkerDefinition, optionsFor: OptionsFor): QueueOptions[] {
  const all = Object.keys(processors).map((pattern) => plainOptionsOf(pattern, optionsFor(pattern)));
  return all.some((one) => Object.values(one).filter((value) => value !== undefined).length > 1) ? all : [];
}

export function plainOptionsOf(pattern: string, options: QueueWorkerOptions): QueueOptions {
  const { concurrency, lockDuration, maxStalledCount, maxStartedAttempts, metrics, settings } = options;
  return {
    pattern,
    concurrency,
    lockDurationMs: lockDuration,
    maxStalledCount,
    maxStartedAttempts,
    removeOnComplete: options.removeOnComplete,
    removeOnFail: options.removeOnFail,
    metrics,
    skipStalledCheck: options.skipStalledCheck,
    hasBackOffStrategy: settings?.backoffStrategy === undefined ? undefined : true,
  };
}

/**
 * How many jobs a worker runs at a time. Without `@C` it is the sum for the queues that its patterns take, as far as the
 * definition names them: each has its own concurrency, and those without one share one place.
 */
export function jobsAtATime(spec: WorkerSpec, { processors }: ForkerDefinition, optionsFor: OptionsFor): number {
  if (spec.concurrency !== undefined) return spec.concurrency;
  const named = Object.keys(processors).filter((pattern) => !isGlob(pattern));
  const limits = matchesQueues(spec.queues, named).map((queue) => optionsFor(queue).concurrency);
  const own = limits.filter((limit) => limit !== undefined).reduce((sum, limit) => sum + limit, 0);
  return own + (limits.includes(undefined) || isDynamic(spec.queues) ? 1 : 0);
}
