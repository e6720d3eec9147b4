import type { Logger } from "pino";
import { formatDuration } from "../config/duration.ts";
import type { Application, JobProcessor } from "./application.ts";
import { within } from "./bounded-wait.ts";
import { connectIfAwaited } from "./connect-if-awaited.ts";
import { defaultExport, importFile } from "./import-module.ts";
import { reasonOf } from "./reason.ts";

/** What processes the jobs of a queue in a runner. undefined: nothing yet. */
export async function isolatedProcessor(
  { adopted, processorFor }: Pick<Application, "adopted" | "processorFor">,
  queue: string,
): Promise<JobProcessor | undefined> {
  const one = adopted?.forQueue(queue);
  if (one === undefined) return processorFor(queue);
  if (one.file === undefined) return (job, token, signal) => one.performIsolated(job, token, signal);
  const perform = defaultExport(await importFile(one.file));
  // As in BullMQ's sandbox.
  if (typeof perform !== "function") throw new Error("No function is exported in processor file");
  return async (job, token, signal) => (await (perform as JobProcessor)(job, token, signal() as never)) ?? null;
}

/** Loads the files of isolated sandboxed processors in the template, so that all runners share them. */
export async function preloadProcessors(
  { adopted, isolation }: Pick<Application, "adopted" | "isolation">,
  limitMs: number,
  log: Logger,
): Promise<void> {
  for (const { file, queue } of adopted?.all ?? []) {
    if (file === undefined || !isolation.isIsolated(queue)) continue;
    try {
      const late = () => `${file} did not load within ${formatDuration(limitMs)}`;
      await within(limitMs, connectIfAwaited(importFile(file)), late);
    } catch (cause) {
      // As in BullMQ: each job of the queue fails with this error.
      log.error({ queue, file, cause: reasonOf(cause) }, "could not load a processor file");
    }
  }
}
