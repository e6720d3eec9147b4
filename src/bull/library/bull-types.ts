import type { Job, Worker } from "bullmq";

export type BullJob = Job<unknown, unknown>;
export type BullWorker = Worker<unknown, unknown>;

/** BullMQ makes an AbortSignal for a processor of three parameters: this one has two, because forker gives the job its own. */
export type BullProcessor = (job: BullJob, token: string | undefined) => Promise<unknown>;
