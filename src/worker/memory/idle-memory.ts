const lookEveryMs = 15_000;

export interface IdleMemoryParts {
  readonly isHolding: () => boolean;
  /** The number of jobs that have ended. */
  readonly done: () => number;
  readonly releaseMemory: () => void;
}

/**
 * Releases the memory that jobs used, once, if the worker was idle between two looks. A busy worker would only have to
 * allocate it again.
 */
export class IdleMemory {
  readonly #parts: IdleMemoryParts;
  readonly #timer: NodeJS.Timeout;
  #doneBefore = 0;
  #isDue = false;

  constructor(parts: IdleMemoryParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { isHolding, done, releaseMemory } = this.#parts;
    if (isHolding() || done() !== this.#doneBefore) {
      this.#doneBefore = done();
      this.#isDue = true;
    } else if (this.#isDue) {
      this.#isDue = false;
      releaseMemory();
    }
  }
}

/** Returns memory whenever the worker of these jobs becomes idle. */
export function releaseIdleMemory(
  held: { readonly all: readonly unknown[]; readonly finished: number; readonly failed: number },
  releaseMemory: () => void,
): IdleMemory {
  return new IdleMemory({
    isHolding: () => held.all.length > 0,
    done: () => held.finished + held.failed,
    releaseMemory,
  });
}
