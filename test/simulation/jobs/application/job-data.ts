/**
 * - good: ends after its time. fails: its first `failures` attempts fail. unrecoverable: fails for good.
 * - poison: its worker dies with it. poisonOnce: only at its first run. blocks: blocks the event loop.
 * - deaf: ends after its time, whatever its signal says. endless: never ends.
 * - abortUnrecoverable, abortReturns: runs until its signal is aborted, or its time has passed; then throws an UnrecoverableError, or returns.
 * - delays, waits: moves itself at its first run, and says so. The unmoved ones only say so.
 */
export const kinds = [
  "good",
  "fails",
  "unrecoverable",
  "poison",
  "poisonOnce",
  "blocks",
  "deaf",
  "endless",
  "abortUnrecoverable",
  "abortReturns",
  "delays",
  "waits",
  "unmovedDelay",
  "unmovedWait",
  "unmovedChildren",
] as const;
export type Kind = (typeof kinds)[number];

/** What a job does when it runs. */
export interface JobData {
  readonly kind: Kind;
  readonly runMs: number;
  readonly failures?: number;
}
