const most = 1_000;

/** The runners that ended before the worker had read their first message. */
export class GoneRunners {
  readonly #ids = new Set<number>();

  add(id: number): void {
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > most && oldest !== undefined) this.#ids.delete(oldest);
  }

  /** Whether this runner has ended. Its first message is the only one. */
  take(id: number): boolean {
    return this.#ids.delete(id);
  }
}
