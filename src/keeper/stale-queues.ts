import type { StaleQueue } from "../protocol/messages.ts";

/** Since when the job that is next in a queue has been next. Whoever takes jobs changes that. */
export class StaleQueues {
  readonly #heads = new Map<string, { readonly job: string; readonly sinceMs: number }>();

  /** `job`: what is next in it; undefined: nothing that could be taken. */
  observe(queue: string, job: string | undefined, nowMs: number): void {
    if (job === undefined) this.#heads.delete(queue);
    else if (this.#heads.get(queue)?.job !== job) this.#heads.set(queue, { job, sinceMs: nowMs });
  }

  /** Queues that are not looked at any more. */
  keepOnly(queues: ReadonlySet<string>): void {
    for (const queue of this.#heads.keys()) if (!queues.has(queue)) this.#heads.delete(queue);
  }

  /** Those whose next job has waited for at least this long. */
  longerThan(ageMs: number, nowMs: number): StaleQueue[] {
    return [...this.#heads]
      .filter(([, { sinceMs }]) => nowMs - sinceMs >= ageMs)
      .map(([queue, { sinceMs }]) => ({ queue, since: sinceMs }));
  }
}
