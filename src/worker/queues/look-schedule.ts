/** The maximum age of an answer that decides between lanes. */
const staleAfterMs = 5;
/** An answer takes less than this, unless Redis is far away or busy. */
const answerMs = 1;
/** With very many lanes a look is slow. Looks may take this share of the time. */
const maximumShare = 1 / 20;

/** When a worker asks Redis which lanes have jobs: every few milliseconds, while jobs end. */
export class LookSchedule {
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #lookMs = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** The longest pause between two jobs' ends since the last look began, and before it. */
  #gapMs = 0;
  #gapBeforeMs = 0;
  #looking: Promise<void> | undefined;

  /** The answer is no longer valid. */
  forget(): void {
    this.#lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** `lookMs`: how long the answer has taken, or 0 if looks may be as frequent as they like. */
  answered(startMs: number, lookMs: number): void {
    this.#lookedAtMs = startMs;
    this.#lookMs = lookMs;
  }

  /** Resolves when the answer is fresh enough; undefined: it already is. */
  refresh(look: () => Promise<void>): Promise<void> | undefined {
    const nowMs = performance.now();
    const ageMs = nowMs - this.#lookedAtMs;
    this.#gapMs = Math.max(this.#gapMs, nowMs - this.#askedAtMs);
    this.#askedAtMs = nowMs;
    const staleMs = Math.max(staleAfterMs, this.#lookMs / maximumShare);
    const gapMs = Math.max(this.#gapMs, this.#gapBeforeMs);
    if (isLookDue({ ageMs, staleMs, gapMs })) this.#begin(look);
    return ageMs > staleMs ? this.#looking : undefined;
  }

  #begin(look: () => Promise<void>): void {
    if (this.#looking !== undefined) return;
    this.#gapBeforeMs = this.#gapMs;
    this.#gapMs = 0;
    // A look cannot clear this: if it asks about no lane, it returns before this assignment.
    this.#looking = look().finally(() => {
      this.#looking = undefined;
    });
  }
}

/**
 * Whether to request the next answer while the current one may still be valid: the next job probably ends within the longest pause
 * of late, and should not have to wait for an answer. Jobs that run at the same time end in bursts.
 */
export function isLookDue(one: {
  /** The age of the current answer. */
  readonly ageMs: number;
  /** The age from which an answer does not count. */
  readonly staleMs: number;
  /** The longest pause between two jobs' ends of late. */
  readonly gapMs: number;
}): boolean {
  return one.ageMs + Math.max(one.gapMs, answerMs) > one.staleMs;
}
