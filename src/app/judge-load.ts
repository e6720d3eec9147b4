/** What is known of an application that is loading. */
export interface LoadState {
  /** Whether the module has evaluated. */
  readonly isEvaluated: boolean;
  readonly workers: number;
  /**
   * For what only a worker has: a client's reply, a Worker's connection, ready(). `known`: a command waits in a client, or ready()
   * was called. `possible`: there are clients or Workers, which something may wait for.
   */
  readonly wait: "none" | "possible" | "known";
  /** For how long: since the first wait that is known, or the latest that is possible. */
  readonly waitedMs: number;
  /** Requests to the kernel or the thread pool that are active: a connection is being opened, a name looked up, a file read. */
  readonly requests: number;
  /** What the application has begun after that wait, and what leads on by itself. */
  readonly since: {
    /** Timers that were set when an attempt to connect had failed. */
    readonly retries: number;
    /** Other timers that were set after an event from outside. */
    readonly timers: number;
    /** Of each request to a server that is not answered. */
    readonly answerAgesMs: readonly number[];
  };
  /** When the first timer fires that may limit the wait. */
  readonly limit: { readonly dueInMs: number; readonly delayMs: number } | undefined;
  readonly processes: number;
  /** Everything that keeps the event loop alive and was not there before. */
  readonly timers: number;
  readonly others: number;
  /** Whether anything that is left may go on by itself within `calmMs`. */
  readonly mayGoOn: boolean;
  /** For how long nothing has changed, and no request was active. */
  readonly calmMs: number;
  /** For how long no event has come from outside. */
  readonly silentMs: number;
}

/** "empty": the module has evaluated, there is no Worker, and nothing is left that could create one. */
export type LoadVerdict = "wait" | "complete" | "empty";

/** Nothing is left that could go on by itself. */
const idleMs = 20;
/** A server's reply may take this long. */
export const calmMs = 100;
/** The module may wait for the timer or the server that is left, and not for what only a worker has. */
const doubtfulMs = 2_000;
/** The module may wait for what is under way, which may also go on forever: a poll, a heartbeat, a child process. */
const patienceMs = 10_000;
/** Nothing is known that it waits for but this answer. Some requests are never answered: a subscription, a watch. */
const answerMs = 30_000;
/** A timer that may limit the wait must not fire here. Shorter ones are left alone while the application is busy. */
const limitMarginMs = 250;
const shortLimitMs = 1_000;

/** Decides whether an application's load is complete. What is still to come continues in each worker. */
export function judgeLoad(state: LoadState): LoadVerdict {
  const { isEvaluated, workers, wait, timers, others } = state;
  const isIdle = timers === 0 && others === 0;
  const isCalm = state.requests === 0;
  if (wait === "none") return isEvaluated && isIdle && isCalm && state.calmMs >= idleMs ? "empty" : "wait";
  if (wait === "known" && isLimitNear(state)) return "complete";
  return isCalm && state.calmMs >= neededCalm(state, isEvaluated && workers > 0, isIdle) ? "complete" : "wait";
}

/** By the table in docs/ADOPTION.md. */
function neededCalm(state: LoadState, isServing: boolean, isIdle: boolean): number {
  const { since, limit, processes, wait, waitedMs } = state;
  const half = (limit?.dueInMs ?? Infinity) / 2;
  const isQuiet = !state.mayGoOn && state.silentMs >= idleMs;
  if (isServing) return Math.min(isIdle || isQuiet ? idleMs : calmMs, half);
  if (wait === "possible" && since.retries > 0) return Infinity;
  const answerLimitMs = wait === "known" ? patienceMs : answerMs;
  if (since.answerAgesMs.some((ageMs) => ageMs < answerLimitMs)) return Infinity;
  if (since.retries + since.timers > 0) return waitedMs < patienceMs ? Infinity : calmMs;
  if (isIdle) return Math.min(idleMs, half);
  if (processes > 0) return Math.min(patienceMs, half);
  return Math.min(wait === "known" ? calmMs : doubtfulMs, half);
}

function isLimitNear({ limit }: LoadState): boolean {
  return limit !== undefined && limit.delayMs >= shortLimitMs && limit.dueInMs <= limitMarginMs;
}
