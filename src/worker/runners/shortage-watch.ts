const lookEveryMs = 2_000;

/** Notes when the memory of the container becomes short, and when it no longer is. */
export class ShortageWatch {
  readonly #changed: () => void;
  readonly #look: () => boolean;
  #isShort = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(changed: () => void, isMemoryShort: () => boolean) {
    this.#changed = changed;
    this.#look = isMemoryShort;
  }

  get isShort(): boolean {
    return this.#isShort;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      const before = this.#isShort;
      this.#isShort = this.#look();
      if (this.#isShort !== before) this.#changed();
    }, lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
