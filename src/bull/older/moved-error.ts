import type { Bull } from "../library/load-bull.ts";

/**
 * What a processor throws after it has moved its job back to the queue. BullMQ then writes no end. Before 5.55 there is no
 * WaitingError, and BullMQ treats a DelayedError in the same way.
 */
export function movedError({ WaitingError, DelayedError }: Bull["api"]): Error {
  const Moved = (WaitingError as typeof WaitingError | undefined) ?? DelayedError;
  return new Moved();
}
