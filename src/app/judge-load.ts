/** What is known of an application that is loading. */
export interface LoadState {
  /** Whether the module has evaluated. */
  readonly isEvaluated: boolean;
  readonly workers: number;
  /** Whether something waits for what only a worker has: a client's reply, a Worker's connection, ready(). */
  readonly waitsForWorker: boolean;
  /** Timers and other things that keep the event loop alive and were not there before. */
  readonly timers: number;
  readonly others: number;
  /** For how long nothing has changed, and no request was active. */
  readonly calmMs: number;
}

/** "empty": the module has evaluated, there is no Worker, and nothing is left that could create one. */
export type LoadVerdict = "wait" | "complete" | "empty";

/** Nothing is left that could go on by itself. */
const idleMs = 20;
/** A server's reply may take this long. */
const calmMs = 100;
/** The module may wait for the timer, the server or the process that is left, and not for what only a worker has. */
const doubtfulMs = 2_000;

/** Decides whether an application's load is complete. What is still to come continues in each worker. */
export function judgeLoad(state: LoadState): LoadVerdict {
  const { isEvaluated, workers, waitsForWorker, timers, others } = state;
  const isIdle = timers === 0 && others === 0;
  const isKnown = isEvaluated && workers > 0;
  if (isKnown || waitsForWorker)
    return state.calmMs >= (isIdle ? idleMs : isKnown ? calmMs : doubtfulMs) ? "complete" : "wait";
  return isEvaluated && isIdle && state.calmMs >= idleMs ? "empty" : "wait";
}
