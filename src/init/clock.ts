/** Monotonic milliseconds: a deadline must not move when the wall clock is set. */
export interface Clock {
  now(): number;
}

export const monotonicClock: Clock = { now: () => performance.now() };
