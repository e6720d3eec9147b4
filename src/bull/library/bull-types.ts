import type { Job, Worker } from "bullmq";

export type BullJob = Job<unknown, unknown>;
export type BullWorker = Worker<unknown, unknown>;

/**
 * BullMQ creates an AbortSignal for a processor with three parameters. This one has two, because forker passes a signal of its
 * own.
 */
export type BullProcessor = (job: BullJob, token: string | undefined) => Promise<unknown>;
