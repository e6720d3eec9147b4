import type { Consequences } from "./consequences.ts";

const deepestCause = 8;

/** The errors that exist only because inherited connections have ended. */
export class ForgivenErrors {
  readonly #consequences: Consequences;
  readonly #report: (error: unknown) => void;
  readonly #marked = new WeakSet<object>();
  readonly #reported = new WeakSet<object>();

  /** `report` is called once for each error that would have ended the process. */
  constructor(consequences: Consequences, report: (error: unknown) => void) {
    this.#consequences = consequences;
    this.#report = report;
  }

  /** Whenever this error, or another with this cause, comes up, it is forgiven. */
  mark(error: unknown): void {
    if (isObject(error)) this.#marked.add(error);
  }

  isForgiven(error: unknown): boolean {
    if (this.#consequences.areRunning && !isMistake(error)) return true;
    let cause = error;
    for (let depth = 0; isObject(cause) && depth < deepestCause; depth++) {
      if (this.#marked.has(cause)) return true;
      cause = (cause as Error).cause;
    }
    return false;
  }

  forgive(error: unknown): void {
    if (isObject(error)) {
      if (this.#reported.has(error)) return;
      this.#reported.add(error);
    }
    this.#report(error);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A mistake in the code that reacts to the end of a connection. fetch() throws TypeErrors, too, but with a cause. */
function isMistake(error: unknown): boolean {
  const mistakes = [TypeError, ReferenceError, RangeError, SyntaxError];
  return mistakes.some((kind) => error instanceof kind) && (error as Error).cause === undefined;
}
