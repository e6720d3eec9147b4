import type { Histogram } from "../../protocol/histogram.ts";
import type { JobCounts } from "../../protocol/job-counts.ts";
import type { TimesOfJobs } from "../../protocol/job-times.ts";

/** What is known of a queue's jobs. */
export interface MeasuredQueue {
  /** Since init has booted. */
  readonly times: Readonly<Record<TimesOfJobs, Histogram>>;
  /** By minutes of the clock, modulo the number of minutes that are kept. */
  readonly minutes: Map<number, MinuteOfTimes>;
  /** The keeper's latest count. */
  jobs: JobCounts | undefined;
  countedAt: number;
}

export interface MinuteOfTimes {
  readonly minute: number;
  readonly wait: Histogram;
  /** Of all outcomes. */
  readonly duration: Histogram;
}
