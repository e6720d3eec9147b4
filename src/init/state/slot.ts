import { type Histogram, newHistogram } from "../../protocol/histogram.ts";

export interface Slot {
  /** It is one of a range, and the demand needs no worker here. */
  isVacant: boolean;
  /** When the demand last needed a worker here. -Infinity: since the generation was activated. */
  wantedAt: number;
  suspended: boolean;
  /** Crashes in a row, for the back-off. A worker that has finished jobs resets the count. */
  failures: number;
  /** Those crashes in which the worker had not taken any job, so that its start is what fails. */
  startFailures: number;
  /** How many of its workers in a row exited in order and without an order of init before they had finished any job. */
  earlyEnds: number;
  /** How many of its workers in a row init replaced because they were stuck. */
  replacements: number;
  /** init replaces no stuck worker in this slot before this time. */
  replaceNotBefore: number;
  /** No new worker starts in this slot before this time. */
  notBefore: number;
  /** When its last crash was. */
  crashedAt: number;
  finished: number;
  failed: number;
  restarts: number;
  /** How its last worker ended that init had not ordered to end. */
  lastDeath: string | undefined;
  oomKills: number;
  /** How late the event loops of its workers have run a timer. */
  readonly loopDelay: Histogram;
}

export function newSlot(suspended: boolean): Slot {
  return {
    isVacant: false,
    wantedAt: -Infinity,
    suspended,
    failures: 0,
    startFailures: 0,
    earlyEnds: 0,
    replacements: 0,
    replaceNotBefore: -Infinity,
    notBefore: 0,
    crashedAt: -Infinity,
    finished: 0,
    failed: 0,
    restarts: 0,
    lastDeath: undefined,
    oomKills: 0,
    loopDelay: newHistogram(),
  };
}
