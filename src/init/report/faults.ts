import type { Logger } from "pino";

/** Faults of the supervisor itself: each is logged, and the supervisor goes on. */
export class Faults {
  readonly #log: Pick<Logger, "error">;

  constructor(log: Pick<Logger, "error">) {
    this.#log = log;
  }

  report(cause: unknown): void {
    this.#log.error({ err: cause }, "a fault in the supervisor; it goes on");
  }

  /** One step of several that do not depend on each other. */
  attempt(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.report(cause);
    }
  }
}
