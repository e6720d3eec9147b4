import type { StaleQueue } from "../protocol/keeper-messages.ts";

/** Tracks since when each queue's first job has been the same. It changes whenever a worker takes a job. */
export class StaleQueues {
  readonly #heads = new Map<string, { readonly job: string; readonly sinceMs: number }>();

  /** `job`: the queue's first job; undefined: there is no job that a worker could take. */
  observe(queue: string, job: string | undefined, nowMs: number): void {
    if (job === undefined) this.#heads.delete(queue);
    else if (this.#heads.get(queue)?.job !== job) this.#heads.set(queue, { job, sinceMs: nowMs });
  }

  /** Forgets all other queues. */
  keepOnly(queues: ReadonlySet<string>): void {
    for (const queue of this.#heads.keys()) if (!queues.has(queue)) this.#heads.delete(queue);
  }

  /** Returns the queues whose first job has been the same for at least this long. */
  longerThan(ageMs: number, nowMs: number): StaleQueue[] {
    return [...this.#heads]
      .filter(([, { sinceMs }]) => nowMs - sinceMs >= ageMs)
      .map(([queue, { sinceMs }]) => ({ queue, since: sinceMs }));
  }
}
