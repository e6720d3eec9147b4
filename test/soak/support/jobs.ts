import type { Queue } from "bullmq";
import type { Draws } from "../../support/draws.ts";

const names = { quick: 40, compute: 20, io: 20, waits: 30, fails: 4, exits: 1, throws: 1, faults: 1 };
const waitingAtLeast = 40;
const addedAtOnce = 80;

/** Keeps the workers busy with jobs of every kind. A few of them end their worker. */
export class JobFeed {
  added = 0;
  readonly #queue: Queue;
  readonly #draws: Draws;

  constructor(queue: Queue, draws: Draws) {
    this.#queue = queue;
    this.#draws = draws;
  }

  async topUp(): Promise<void> {
    if ((await this.#queue.getWaitingCount()) >= waitingAtLeast) return;
    const jobs = Array.from({ length: addedAtOnce }, () => ({
      name: this.#draws.pick(names),
      data: { ms: this.#draws.below(120), code: 2 + this.#draws.below(60) },
    }));
    await this.#queue.addBulk(jobs);
    this.added += jobs.length;
  }

  /** The number of jobs that have ended; the others wait, run, or are lost. */
  async ended(): Promise<number> {
    const { completed = 0, failed = 0 } = await this.#queue.getJobCounts("completed", "failed");
    return completed + failed;
  }
}
