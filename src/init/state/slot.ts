export interface Slot {
  suspended: boolean;
  /** Crashes in a row, for the back-off. A worker that brought jobs to their end begins the count again. */
  failures: number;
  /** Those of them in which the worker had not taken any job: its start is what fails. */
  startFailures: number;
  /** How many of its workers in a row ended in order, unasked, and before they were of any use. */
  earlyEnds: number;
  /** How many of its workers in a row were replaced because they did not take jobs, and when the next may be. */
  replacements: number;
  replaceNotBefore: number;
  /** No new worker in this slot before then. */
  notBefore: number;
  finished: number;
  failed: number;
  restarts: number;
  /** How its last worker ended that nobody had asked to. */
  lastDeath: string | undefined;
  oomKills: number;
}
