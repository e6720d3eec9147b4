import type { BullJob, Lane } from "../bull/lane.ts";
import type { JobName } from "../protocol/messages.ts";
import type { StoppedOutcome } from "./outcome.ts";

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

  /** Tells jobs to stop, by their AbortSignal; one that was told before keeps its first ending. */
  abort(jobs: readonly HeldJob[], ending: Ending): void {
    for (const held of jobs) {
      if (held.ending !== undefined) continue;
      held.ending = ending;
      if (held.job.id !== undefined) held.lane.abort(held.job.id, ending.reason);
    }
  }

  /** Waits no longer for the processors of these jobs. The newest first: each goes to the front of its queue. */
  enforce(jobs: readonly HeldJob[]): void {
    for (const held of jobs.toReversed()) if (held.ending !== undefined) held.enforce(held.ending.reason);
  }

  /** Resolves with those of the jobs that are still held when `late` aborts, or with none as soon as that is so. */
  async settled(jobs: readonly HeldJob[], late: AbortSignal): Promise<HeldJob[]> {
    const left = () => jobs.filter((held) => this.#held.has(held.job));
    while (left().length > 0 && !late.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        late.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    return left();
  }
}

export function nameOf(held: { readonly lane: Lane; readonly job: BullJob }): JobName {
  return { queue: held.lane.queue, id: held.job.id ?? "?" };
}
