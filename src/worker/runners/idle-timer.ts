/** Notes when a worker has had no isolated job for a while. */
export class IdleTimer {
  readonly #parts: IdleTimerParts;
  #isIdle = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: IdleTimerParts) {
    this.#parts = parts;
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  noteUse(): void {
    this.#isIdle = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), this.#parts.afterMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (this.#parts.hasJobs()) return this.noteUse();
    this.#isIdle = true;
    this.#parts.idle();
  }
}

interface IdleTimerParts {
  /** How long the worker must have had no isolated job. */
  readonly afterMs: number;
  readonly hasJobs: () => boolean;
  readonly idle: () => void;
}
