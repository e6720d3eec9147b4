/** Monotonic milliseconds: setting the wall clock must not move a deadline. */
export interface Clock {
  now(): number;
}

/**
 * CLOCK_MONOTONIC itself, the same in every process of the machine. `performance.now()` counts from the start of each process;
 * in a forked worker, from the start of the template.
 */
export const monotonicClock: Clock = {
  now: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
};
