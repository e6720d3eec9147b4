import type { HeldJobName } from "../../protocol/dead-worker.ts";
import { type HeldJob, heldNameOf, nameOf } from "./held-job.ts";
import { UnwrittenEnds } from "./unwritten-ends.ts";

type LostJob = Pick<HeldJob, "lane" | "job">;

/**
 * The jobs that a worker could neither end nor hand back. A job may be added twice: when it is stopped, and when its worker stops
 * while the job's processor still runs. What is known last replaces what was known before.
 */
export class LostJobs {
  readonly all: HeldJobName[] = [];
  /** The ends of those that have ended. */
  readonly unwritten = new UnwrittenEnds();

  add(held: LostJob): void {
    const at = this.#indexOf(held);
    if (at < 0) this.all.push(this.unwritten.withLongId(heldNameOf(held)));
    else this.all[at] = { ...this.all[at], ...heldNameOf(held) };
  }

  addWithEnd(held: HeldJob): void {
    this.add(held);
    this.unwritten.remove(nameOf(held));
    const { attemptsStarted: starts, attemptsMade: ends } = held.job;
    if (held.outcome !== undefined)
      this.unwritten.add({ ...nameOf(held), starts, ends, stacks: held.stacks }, held.outcome);
  }

  has(held: LostJob): boolean {
    return this.#indexOf(held) >= 0;
  }

  remove(held: LostJob): void {
    this.all.splice(this.#indexOf(held), 1);
    this.unwritten.remove(nameOf(held));
  }

  #indexOf({ lane, job }: LostJob): number {
    return this.all.findIndex((one) => one.queue === lane.queue && one.id === job.id);
  }
}
