import type { Logger } from "pino";
import type { Application } from "../../app/application.ts";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import { errorNamed } from "../../bull/worker/error-named.ts";
import { errorOf } from "../../bull/worker/error-of.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import type { RetryDelayAnswer, RetryDelayQuestion } from "../../protocol/retry-delay.ts";

export interface RetryDelayParts {
  readonly bull: Bull;
  readonly application: Application;
  readonly log: Logger;
}

/**
 * Calls the application's back-off strategy for an attempt that the keeper fails, with the same arguments as BullMQ does. Without
 * a delay and an error in the answer, the keeper retries the job at once.
 */
export async function computeRetryDelay(
  { bull, application, log }: RetryDelayParts,
  lane: Lane | undefined,
  { number, queue, id, attemptsMade, failure }: RetryDelayQuestion,
): Promise<RetryDelayAnswer> {
  const strategy = application.optionsFor(queue).settings?.backoffStrategy;
  if (lane === undefined || strategy === undefined) return { number };
  let job: BullJob | undefined;
  try {
    job = await lane.find(id, "toTell");
  } catch (cause) {
    log.error({ queue, job: id, err: withoutArguments(cause) }, "could not read the job for its back-off strategy");
  }
  if (job === undefined) return { number };
  try {
    const backOff = job.opts.backoff;
    const type = typeof backOff === "object" ? backOff.type : undefined;
    const error = errorNamed(bull.api, failure.name, failure.message);
    const delayMs: unknown = await strategy(attemptsMade, type, error, job);
    // BullMQ retries at once if the strategy returns nothing.
    return { number, delayMs: Number.isFinite(delayMs) ? Number(delayMs) : 0 };
  } catch (cause) {
    const { message }: { readonly message: unknown } = errorOf(cause);
    return { number, error: String(message) };
  }
}
