import type { Logger } from "pino";

/** Logs internal errors of the supervisor, which then continues. */
export class Faults {
  readonly #log: Pick<Logger, "error">;

  constructor(log: Pick<Logger, "error">) {
    this.#log = log;
  }

  report(cause: unknown): void {
    this.#log.error({ err: cause }, "caught internal error in supervisor");
  }

  /** Runs one of several steps that do not depend on each other. */
  attempt(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.report(cause);
    }
  }
}
