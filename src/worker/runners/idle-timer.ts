/** After this time without an isolated job, one waiting runner is left. */
const idleMs = 60_000;

/** Notes when a worker has had no isolated job for a while. */
export class IdleTimer {
  readonly #parts: { readonly hasJobs: () => boolean; readonly idle: () => void };
  #isIdle = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: { readonly hasJobs: () => boolean; readonly idle: () => void }) {
    this.#parts = parts;
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  noteUse(): void {
    this.#isIdle = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isIdle = !this.#parts.hasJobs();
      this.#parts.idle();
    }, idleMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
