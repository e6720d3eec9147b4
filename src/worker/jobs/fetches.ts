/**
 * The tokens of jobs that are being taken, or handed back before they started. HeldJobs does not contain these jobs, and
 * Redis may have assigned them before this worker knows of them.
 */
export class Fetches {
  /** Unique among all processes: the process that presents a job's token owns the job. */
  readonly #lockOwner: string;
  readonly #tokens = new Set<string>();
  #count = 0;

  constructor(lockOwner: string) {
    this.#lockOwner = lockOwner;
  }

  /** Returns the token for the next job. */
  begin(): string {
    const token = `${this.#lockOwner}:${this.#count++}`;
    this.#tokens.add(token);
    return token;
  }

  beginToHandBack(token: string): void {
    this.#tokens.add(token);
  }

  /** Call it in the same turn in which the job is added to HeldJobs, so that one of the two always knows the token. */
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
