/**
 * The tokens with which a job is being taken, or handed back before it began: nobody holds it meanwhile. Redis may know of
 * such a job before we do.
 */
export class Fetches {
  /** Unique in all processes: whoever shows a job's token owns the job. */
  readonly #lockOwner: string;
  readonly #tokens = new Set<string>();
  #count = 0;

  constructor(lockOwner: string) {
    this.#lockOwner = lockOwner;
  }

  /** Returns the token of the job that is to come. */
  begin(): string {
    const token = `${this.#lockOwner}:${this.#count++}`;
    this.#tokens.add(token);
    return token;
  }

  beginToHandBack(token: string): void {
    this.#tokens.add(token);
  }

  /** To be called in the same step in which the job is held: in between it would belong to nobody. */
  end(token: string): void {
    this.#tokens.delete(token);
  }

  has(token: string): boolean {
    return this.#tokens.has(token);
  }

  get size(): number {
    return this.#tokens.size;
  }
}
