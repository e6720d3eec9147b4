import type { BullJob, BullWorker } from "../library/bull-types.ts";

export type EmitEvent = (event: string, ...values: readonly unknown[]) => void;

export interface EndHandlers {
  readonly completed: (job: BullJob, result: unknown) => void;
  readonly failed: (job: BullJob, error: Error) => void;
}

/**
 * Gives the ends that BullMQ emits to these handlers in place of the listeners. Returns how to emit an event: the handlers emit
 * each end that the application is to hear, those that another process has written too.
 */
export function interceptEnds(worker: BullWorker, { completed, failed }: EndHandlers): EmitEvent {
  const emit = worker.emit.bind(worker) as (event: string, ...values: readonly unknown[]) => boolean;
  const intercept = (event: string, ...values: readonly unknown[]): boolean => {
    const job = values[0];
    // BullMQ emits `failed` without a job if the job was removed at its end.
    if (job === undefined || (event !== "completed" && event !== "failed")) return emit(event, ...values);
    if (event === "completed") completed(job as BullJob, values[1]);
    else failed(job as BullJob, values[1] as Error);
    return true;
  };
  Object.assign(worker, { emit: intercept });
  return emit;
}
