import type { BullJob, Lane } from "../bull/lane.ts";
import type { JobName } from "../protocol/messages.ts";
import { deadline, passed } from "./deadline.ts";
import type { StoppedOutcome } from "./outcome.ts";

/** What bringing a stopped job to its end in Redis may take, past the time that its processor had to stop. */
export const handBackTimeoutMs = 1_500;

/** Why and how a job is cut short. */
export interface Ending {
  readonly reason: Error;
  readonly outcome: StoppedOutcome;
}

/** A job that this process has taken and not yet brought to its end in Redis. */
export interface HeldJob {
  readonly lane: Lane;
  readonly job: BullJob;
  readonly token: string;
  readonly startedAt: Date;
  /** Set once it was told to stop. */
  ending: Ending | undefined;
  /** Ends the wait for its processor. */
  enforce(reason: Error): void;
}

/** What this worker holds and what it did: for pulse, title and farewell. */
export class HeldJobs {
  readonly #held = new Map<BullJob, HeldJob>();
  readonly #onChange: () => void;
  #waiting: (() => void)[] = [];
  finished = 0;
  failed = 0;
  readonly handedBack: JobName[] = [];
  readonly lost: JobName[] = [];

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** In the order in which they were taken. */
  get all(): HeldJob[] {
    return [...this.#held.values()];
  }

  get(job: BullJob): HeldJob | undefined {
    return this.#held.get(job);
  }

  add(lane: Lane, job: BullJob, token: string): HeldJob {
    const held: HeldJob = { lane, job, token, startedAt: new Date(), ending: undefined, enforce: () => {} };
    this.#held.set(job, held);
    this.#onChange();
    return held;
  }

  delete(held: HeldJob): void {
    this.#held.delete(held.job);
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#onChange();
  }

  count(what: "finished" | "failed"): void {
    this[what]++;
    this.#onChange();
  }

  /**
   * Tells these jobs to stop, by their AbortSignal; one that was told before keeps its first ending. Those that are still
   * held when `late` aborts are ended without their processors. Resolves with them.
   */
  async stop(jobs: readonly HeldJob[], ending: Ending, late: AbortSignal): Promise<HeldJob[]> {
    this.#abort(jobs, ending);
    const deaf = await this.#settled(jobs, late);
    // The newest first: each goes to the front of its queue.
    for (const held of deaf.toReversed()) held.enforce(ending.reason);
    for (const held of await this.#settled(deaf, deadline(handBackTimeoutMs).signal)) this.lost.push(nameOf(held));
    return deaf;
  }

  #abort(jobs: readonly HeldJob[], ending: Ending): void {
    for (const held of jobs) {
      if (held.ending !== undefined) continue;
      held.ending = ending;
      if (held.job.id !== undefined) held.lane.abort(held.job.id, ending.reason);
    }
  }

  /** Resolves with none as soon as none of these is held, or with those that still are when `late` aborts. */
  async #settled(jobs: readonly HeldJob[], late: AbortSignal): Promise<HeldJob[]> {
    const left = () => jobs.filter((held) => this.#held.has(held.job));
    const isLate = passed(late);
    while (left().length > 0 && !late.aborted) {
      await Promise.race([isLate, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
    }
    return left();
  }
}

export function nameOf(held: { readonly lane: Lane; readonly job: BullJob }): JobName {
  return { queue: held.lane.queue, id: held.job.id ?? "?" };
}
