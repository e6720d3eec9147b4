/** Monotonic milliseconds: a deadline must not move when the wall clock is set. */
export interface Clock {
  now(): number;
}

/**
 * CLOCK_MONOTONIC itself, the same in every process of the machine. `performance.now()` counts from each process's own start,
 * in a forked worker from the template's.
 */
export const monotonicClock: Clock = {
  now: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
};
