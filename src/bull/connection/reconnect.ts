import type { RedisOptions } from "ioredis";

const retryFirstMs = 50;
const retryMaximumMs = 1_000;
/** Refusals that are as old as this tell nothing of the present. */
const refusalsForgottenMs = 10_000;

/** One after another 50, 100, 200 … 1,000 ms, each up to a half sooner so that a fleet doesn't come back in step. */
export function retryDelayMs(attempt: number): number {
  return Math.min(retryMaximumMs, retryFirstMs * 2 ** Math.min(attempt - 1, 10)) * (1 - Math.random() / 2);
}

const again = 2;

/**
 * Whoever is told that it talks to a replica comes again, with its command, and finds the master that there is by then: behind a name in
 * DNS, or by the sentinels. ioredis counts attempts up to a connection only, so those that end in a refusal are counted here.
 */
export function reconnectOptions(): Pick<RedisOptions, "retryStrategy" | "reconnectOnError" | "sentinelRetryStrategy"> {
  let refusals = 0;
  let refusedAtMs = Number.NEGATIVE_INFINITY;
  return {
    retryStrategy(attempt) {
      const isFresh = performance.now() - refusedAtMs < refusalsForgottenMs;
      return retryDelayMs(isFresh ? Math.max(attempt, refusals) : attempt);
    },
    sentinelRetryStrategy: retryDelayMs,
    reconnectOnError(error) {
      if (!error.message.startsWith("READONLY")) return false;
      const now = performance.now();
      refusals = now - refusedAtMs < refusalsForgottenMs ? refusals + 1 : 1;
      refusedAtMs = now;
      return again;
    },
  };
}
