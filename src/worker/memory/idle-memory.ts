const lookEveryMs = 15_000;

export interface IdleMemoryParts {
  readonly isHolding: () => boolean;
  /** How many jobs have ended so far. */
  readonly done: () => number;
  readonly releaseMemory: () => void;
}

/**
 * A worker that has had nothing to do between two looks releases, once, the memory that its jobs used. A busy one would only
 * have to ask for it again.
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
