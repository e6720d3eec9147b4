import type { ExitName } from "../exit/exit-codes.ts";
import type { JobName } from "./messages.ts";

/** The number of jobs, and the names of the latest ones in the order in which they were added. */
export interface JobList {
  readonly count: number;
  readonly latest: readonly JobName[];
}

/** What has happened to jobs since this forker started. */
export interface JobAccount {
  readonly finished: number;
  readonly failed: number;
  readonly handedBack: JobList;
  /** Neither finished nor handed back: BullMQ's stalled check will find them. */
  readonly lost: JobList;
}

/** What init sends to a subcommand that waits for a drain: at each change, and every two seconds as a sign of life. */
export interface DrainReport extends JobAccount {
  readonly running: readonly JobName[];
  /** Only in the last report, when the drain has ended: how forker itself will exit. */
  readonly exit?: ExitName;
}
