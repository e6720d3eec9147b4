/** Limits status updates, and changes of the title (a system call each), to ten a second. */
const everyMs = 100;

/** Calls `publish` after a change: at once, or when the interval since the last call has passed. */
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

  /** Publishes now what others must know before this worker continues. */
  now(): void {
    this.#dirty = false;
    this.#publish();
  }

  /** Publishes pending changes, and nothing after that. */
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
