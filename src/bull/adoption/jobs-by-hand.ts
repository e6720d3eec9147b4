import { setTimeout } from "node:timers/promises";
import type { BullJob } from "../library/bull-types.ts";

/** The moves with which an application ends a job that it has taken itself. */
const moves = ["moveToCompleted", "moveToFailed", "moveToWait", "moveToDelayed", "moveToWaitingChildren"] as const;
/** An application that asks for jobs in a loop would otherwise block the event loop of a worker that is ending. */
const pauseMs = 100;

/**
 * The jobs that the application has taken itself, with getNextJob(). A worker that ends waits for them, and takes no others for
 * the application.
 */
export class JobsByHand {
  readonly #held = new Set<BullJob>();
  #waiting: (() => void)[] = [];
  #isEnding = false;

  async next(take: () => Promise<BullJob | undefined>): Promise<BullJob | undefined> {
    if (this.#isEnding) return await setTimeout(pauseMs, undefined);
    const job = await take();
    if (job !== undefined) this.#hold(job);
    return job;
  }

  /** From now on none is taken. Resolves when the application has ended those that it has. */
  async ended(): Promise<void> {
    this.#isEnding = true;
    while (this.#held.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #hold(job: BullJob): void {
    this.#held.add(job);
    for (const name of moves) {
      const move = (job[name] as (...values: unknown[]) => Promise<unknown>).bind(job);
      const noted = async (...values: unknown[]) => {
        const result = await move(...values);
        // A job whose children have all ended does not wait for them.
        if (result !== false) this.#release(job);
        return result;
      };
      Object.assign(job, { [name]: noted });
    }
  }

  #release(job: BullJob): void {
    this.#held.delete(job);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
