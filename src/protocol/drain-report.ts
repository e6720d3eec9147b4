import type { ExitName } from "../exit/exit-codes.ts";
import type { JobName } from "./messages.ts";

/** How many, and the names of the latest of them, in the order in which they came. */
export interface JobList {
  readonly count: number;
  readonly latest: readonly JobName[];
}

/** What became of the jobs since this forker was started. */
export interface JobAccount {
  readonly finished: number;
  readonly failed: number;
  readonly handedBack: JobList;
  /** Neither finished nor handed back: BullMQ's stalled check will find them. */
  readonly lost: JobList;
}

/** What whoever awaits a drain is told: at each change, and every other second as a sign of life. */
export interface DrainReport extends JobAccount {
  readonly running: readonly JobName[];
  /** In the last one: everything is over, and this is how forker itself will exit. */
  readonly exit?: ExitName;
}
