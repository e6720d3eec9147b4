export interface Scored {
  readonly member: string;
  readonly score: number;
}

/** A sorted set: by score, then by the bytes of the member. */
export class SortedSet {
  readonly #scores: Map<string, number>;
  readonly #sorted: Scored[];

  constructor(from?: SortedSet) {
    this.#scores = new Map(from === undefined ? [] : from.#scores);
    this.#sorted = from === undefined ? [] : [...from.#sorted];
  }

  get size(): number {
    return this.#sorted.length;
  }

  /** In order. */
  get all(): readonly Scored[] {
    return this.#sorted;
  }

  score(member: string): number | undefined {
    return this.#scores.get(member);
  }

  rank(member: string): number | undefined {
    const score = this.#scores.get(member);
    return score === undefined ? undefined : this.#position(score, member);
  }

  set(member: string, score: number): void {
    const old = this.#scores.get(member);
    if (old === score) return;
    if (old !== undefined) this.#sorted.splice(this.#position(old, member), 1);
    this.#scores.set(member, score);
    const at = this.#position(score, member);
    if (at === this.#sorted.length) this.#sorted.push({ member, score });
    else this.#sorted.splice(at, 0, { member, score });
  }

  delete(member: string): boolean {
    const score = this.#scores.get(member);
    if (score === undefined) return false;
    this.#sorted.splice(this.#position(score, member), 1);
    this.#scores.delete(member);
    return true;
  }

  /** Removes members by their position, and returns them. */
  removeRange(start: number, count: number): Scored[] {
    const removed = this.#sorted.splice(start, count);
    for (const { member } of removed) this.#scores.delete(member);
    return removed;
  }

  /** The first position whose entry is not before this one. */
  #position(score: number, member: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#sorted[middle] as Scored;
      if (entry.score < score || (entry.score === score && entry.member < member)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
