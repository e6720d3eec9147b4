/** At most ten times a second init hears of us, and the title, a system call each, is set. */
const everyMs = 100;

/** Calls `publish` soon after a change: at once when it has been quiet, else at the next tenth of a second. */
export class Publisher {
  readonly #publish: () => void;
  #timer: NodeJS.Timeout | undefined;
  #dirty = false;

  constructor(publish: () => void) {
    this.#publish = publish;
  }

  changed(): void {
    this.#dirty = true;
    if (this.#timer === undefined) this.#run();
  }

  /** Publishes now: for what others have to know before we go on. */
  now(): void {
    this.#dirty = false;
    this.#publish();
  }

  /** Publishes what is still unpublished, and nothing more after it. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {}, 0);
    if (this.#dirty) this.#publish();
    this.#dirty = false;
  }

  #run(): void {
    if (!this.#dirty) {
      this.#timer = undefined;
      return;
    }
    this.#dirty = false;
    this.#publish();
    this.#timer = setTimeout(() => this.#run(), everyMs);
  }
}
