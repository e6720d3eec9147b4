import type { Job } from "../bull/library/job-type.ts";

/**
 * BullMQ's Job, generic in data, result and name. Where BullMQ is not installed, and Job is `any`, which has every key: the part
 * of it that every version has.
 */
export type ForkerJob<
  Data = Job["data"],
  Result = Job["returnvalue"],
  Name extends string = string,
> = string extends keyof Job ? CommonJob<Data, Result, Name> : Job<Data, Result, Name>;

interface CommonJob<Data, Result, Name> {
  readonly id?: string | undefined;
  readonly name: Name;
  readonly queueName: string;
  readonly data: Data;
  readonly opts: { readonly attempts?: number | undefined };
  readonly attemptsMade: number;
  readonly returnvalue: Result;
  readonly failedReason?: string | undefined;
  /** Milliseconds since the epoch; undefined: the job has attempts left, or has not ended. */
  readonly finishedOn?: number | undefined;
  readonly progress: unknown;
  updateProgress(progress: string | boolean | number | object): Promise<void>;
  updateData(data: Data): Promise<void>;
  log(row: string): Promise<number>;
}
