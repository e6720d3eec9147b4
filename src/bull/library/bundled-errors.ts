/*
 * Errors that mean to a copy of BullMQ inside a bundle what its own mean. Its classes cannot be reached from a Worker, but BullMQ
 * also goes by the names and messages of errors.
 */

type ErrorClass = new (message?: string) => Error;

function named(name: string, defaultMessage: string): ErrorClass {
  return class extends Error {
    constructor(message = defaultMessage) {
      super(message);
      this.name = name;
    }
  };
}

export const bundledErrors = {
  UnrecoverableError: named("UnrecoverableError", "bullmq:unrecoverable"),
  // Version 5.0 goes by the message of this one.
  DelayedError: named("DelayedError", "DelayedError"),
  WaitingChildrenError: named("WaitingChildrenError", "bullmq:movedToWaitingChildren"),
  RateLimitError: named("RateLimitError", "bullmq:rateLimitExceeded"),
} as const;

/** From version 5.55 on. */
export const bundledWaitingError = named("WaitingError", "bullmq:movedToWait");
