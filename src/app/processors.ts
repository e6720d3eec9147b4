import path from "node:path";
import { didYouMean } from "../config/nearest.ts";
import { bestPattern, matchesQueues } from "../config/queue-pattern.ts";
import type { WorkerSpec } from "../config/workload.ts";
import { describe } from "../config/workload-value.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { JobProcessor } from "./application.ts";
import type { ForkerDefinition, Processor } from "./definition.ts";
import { defaultExport, importFile, locateFile } from "./import-module.ts";

export type ProcessorFor = (queue: string) => JobProcessor | undefined;

/** Loads the processors that are module paths, relative to `file`, so that every fork shares them. */
export async function loadProcessors(definition: ForkerDefinition, file: string): Promise<ProcessorFor> {
  const processors = new Map<string, JobProcessor>();
  for (const [pattern, value] of Object.entries(definition.processors)) {
    const given = typeof value === "object" ? value.process : value;
    const perform = typeof given === "string" ? await loadProcessor(pattern, given, file) : given;
    const holder = typeof value === "object" ? value : definition.processors;
    // As BullMQ decides, except for `(...all) =>`, whose length is 0: it may be a tracer's wrapper.
    const takesSignal = perform.length >= 3 || perform.length === 0;
    // Called on the object that holds it, so that `this` works in a method.
    processors.set(pattern, (job, token, signal) =>
      perform.call(holder as never, job as never, token, (takesSignal ? signal() : undefined) as never),
    );
  }
  return processorsBy(processors);
}

async function loadProcessor(pattern: string, modulePath: string, file: string): Promise<Processor> {
  const subject = `processors[${JSON.stringify(pattern)}]`;
  const real = locateFile(path.resolve(path.dirname(file), modulePath), `${file}: ${subject}`);
  const value = defaultExport(await importFile(real));
  if (typeof value === "function") return value as Processor;
  const got = value === undefined ? "none" : describe(value);
  throw new ForkerError(
    "badApp",
    "ERR_FORKER_DEFINITION",
    `${file}: ${subject}: expected ${real} to export a function as its default, got ${got}`,
  );
}

function processorsBy(processors: ReadonlyMap<string, JobProcessor>): ProcessorFor {
  const patterns = [...processors.keys()];
  const found = new Map<string, JobProcessor | undefined>();
  return (queue) => {
    if (!found.has(queue)) {
      const best = bestPattern(patterns, queue);
      found.set(queue, best === undefined ? undefined : processors.get(best));
    }
    return found.get(queue);
  };
}

/** Throws a ForkerError (badApp) for queues that the workload names and nothing processes. Globs cannot be checked. */
export function checkWorkload(
  workload: readonly WorkerSpec[],
  processorFor: ProcessorFor,
  definition: ForkerDefinition,
): void {
  const queues = new Set(workload.flatMap((spec) => matchesQueues(spec.queues, [])));
  const missing = [...queues].filter((queue) => processorFor(queue) === undefined);
  const [first] = missing;
  if (first === undefined) return;
  const names = Object.keys(definition.processors);
  throw new ForkerError(
    "badApp",
    "ERR_FORKER_NO_PROCESSOR",
    `expected a processor for each queue of the workload, got none for ${quoted(missing)} (there are ${quoted(names)})` +
      `${didYouMean(first, names)}; add it to processors, or take it out of the workload`,
  );
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name));
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
