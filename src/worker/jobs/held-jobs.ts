import type { RowWriter } from "../../board/row-writer.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { abortAfter, whenAborted } from "../../clock/abort-deadline.ts";
import { monotonicClock } from "../../clock/monotonic.ts";
import type { HeldJobName, JobName } from "../../protocol/messages.ts";
import type { Outcome, StoppedOutcome } from "./outcome.ts";
import { UnwrittenEnds } from "./unwritten-ends.ts";

/** What bringing a stopped job to its end in Redis may take, past the time that its processor had to stop. */
export const handBackTimeoutMs = 1_500;
/** The same where only ends are left to write, which are passed on otherwise: init hears of them before it ends this process. */
const passOnTimeoutMs = 500;

/** Why and how a job is cut short. */
export interface Ending {
  readonly reason: Error;
  /** "dropped": the job is not ours any more, and nothing is written about it. */
  readonly outcome: StoppedOutcome | "dropped";
}

/** A job that this process has taken and not yet brought to its end in Redis. */
export interface HeldJob {
  readonly lane: Lane;
  readonly job: BullJob;
  readonly token: string;
  /** Milliseconds of the epoch. */
  readonly startedAt: number;
  /** The same instant, in monotonic milliseconds. */
  readonly takenAt: number;
  /** Where the board shows it; undefined: it does not. */
  readonly entry: number | undefined;
  /** Set once it was told to stop. */
  ending: Ending | undefined;
  /** Its processor has ended, well or badly, without knowing of a stop. */
  endedByItself: boolean;
  /** How its processor ended, until BullMQ has written that to Redis. */
  outcome: Outcome | undefined;
  /** Its processor does not run: the end is being written to Redis, which may give the next job to the same token. */
  isFinishing: boolean;
  /** Its processor has run, and does not run any longer, or is not waited for. */
  hasEnded: boolean;
  /** Made when its processor asks for the signal. */
  controller: AbortController | undefined;
  /** Ends the wait for its processor. */
  enforce(reason: Error): void;
}

/** Who is told of each job. */
export interface JobWatcher {
  began(held: HeldJob): void;
  ended(held: HeldJob): void;
}

export interface HeldJobsListener {
  changed(): void;
  /** A job began or ended that the board has no room for: init has to hear of it before the next may block the event loop. */
  unshown(): void;
}

/** What this worker holds and what it did: for status updates, title and exit report. */
export class HeldJobs {
  /** By token: a token holds one job at a time. */
  readonly #held = new Map<string, HeldJob>();
  readonly #listener: HeldJobsListener;
  readonly #row: RowWriter | undefined;
  #watcher: JobWatcher | undefined;
  #waiting: (() => void)[] = [];
  finished = 0;
  failed = 0;
  readonly handedBack: JobName[] = [];
  readonly lost: HeldJobName[] = [];
  /** The ends of those of the lost that have ended. */
  readonly unwritten = new UnwrittenEnds();
  /** Jobs that have ended, are active still, and are not to run again for that. */
  readonly #givenUp = new Set<string>();

  constructor(listener: HeldJobsListener, row?: RowWriter) {
    this.#listener = listener;
    this.#row = row;
  }

  /** Beside init and the title: who keeps the time. */
  watchedBy(watcher: JobWatcher): void {
    this.#watcher = watcher;
  }

  /** In the order in which they were taken. */
  get all(): HeldJob[] {
    return [...this.#held.values()];
  }

  get hasRow(): boolean {
    return this.#row !== undefined;
  }

  get(token: string): HeldJob | undefined {
    return this.#held.get(token);
  }

  add(lane: Lane, job: BullJob, token: string): HeldJob {
    const startedAt = Date.now();
    const takenAt = monotonicClock.now();
    const entry = this.#row?.put(lane.queue, job.id ?? "?", takenAt, job.attemptsStarted);
    const held: HeldJob = {
      lane,
      job,
      token,
      startedAt,
      takenAt,
      entry,
      ending: undefined,
      endedByItself: false,
      outcome: undefined,
      isFinishing: true,
      hasEnded: false,
      controller: undefined,
      enforce: () => {},
    };
    this.#held.set(token, held);
    this.#watcher?.began(held);
    this.#notify(held);
    return held;
  }

  delete(held: HeldJob): void {
    this.#held.delete(held.token);
    this.#watcher?.ended(held);
    if (held.entry !== undefined) this.#row?.erase(held.entry);
    if (this.#waiting.length > 0) for (const resolve of this.#waiting.splice(0)) resolve();
    this.#notify(held);
  }

  #notify({ entry }: HeldJob): void {
    if (entry === undefined && this.#row !== undefined) this.#listener.unshown();
    else this.#listener.changed();
  }

  /** Redis will never accept the end of this job, which stays active with this token. */
  giveUp(held: HeldJob): void {
    this.#lose(held);
    this.#givenUp.add(tokenAndId(held.token, held.job.id));
  }

  isGivenUp(token: string, jobId: string): boolean {
    return this.#givenUp.has(tokenAndId(token, jobId));
  }

  /** Its processor has ended, or is not waited for any longer: the job's end is written next. */
  finishing(held: HeldJob): void {
    held.isFinishing = true;
    if (held.hasEnded) return;
    held.hasEnded = true;
    if (held.entry !== undefined) this.#row?.ending(held.entry);
    else if (this.#row !== undefined) this.#listener.unshown();
  }

  count(what: "finished" | "failed"): void {
    this[what]++;
    this.#row?.counts(this.finished, this.failed);
    this.#listener.changed();
  }

  /**
   * Tells these jobs to stop, by their AbortSignal; one that was told before keeps its first ending. Resolves with those
   * that are still held when `late` aborts: they are to be ended without their processors.
   */
  async stop(jobs: readonly HeldJob[], ending: Ending, late: AbortSignal): Promise<HeldJob[]> {
    this.#abort(jobs, ending);
    return await this.#settled(jobs, late);
  }

  /** Tells a job's processor that the job is not ours any more. It may go on for as long as it likes. */
  drop(held: HeldJob, reason: Error): void {
    this.#abort([held], { reason, outcome: "dropped" });
  }

  /** Ends jobs as they were told to, while their processors go on. */
  async endWithoutProcessor(unstoppable: readonly HeldJob[]): Promise<void> {
    // The newest first: each goes to the front of its queue.
    for (const held of unstoppable.toReversed()) if (held.ending !== undefined) held.enforce(held.ending.reason);
    const timeoutMs = unstoppable.every(({ outcome }) => outcome !== undefined) ? passOnTimeoutMs : handBackTimeoutMs;
    for (const held of await this.#settled(unstoppable, abortAfter(timeoutMs).signal)) this.#lose(held);
  }

  #lose(held: HeldJob): void {
    this.lost.push(heldNameOf(held));
    const { attemptsStarted: starts, attemptsMade: ends } = held.job;
    if (held.outcome !== undefined) this.unwritten.add({ ...nameOf(held), starts, ends }, held.outcome);
  }

  #abort(jobs: readonly HeldJob[], ending: Ending): void {
    for (const held of jobs) {
      if (held.ending !== undefined) continue;
      held.ending = ending;
      held.controller?.abort(ending.reason);
    }
  }

  /** Resolves with none as soon as none of these is held, or with those that still are when `late` aborts. */
  async #settled(jobs: readonly HeldJob[], late: AbortSignal): Promise<HeldJob[]> {
    const left = () => jobs.filter((held) => this.#held.get(held.token) === held);
    const isLate = whenAborted(late);
    while (left().length > 0 && !late.aborted) {
      await Promise.race([isLate, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
    }
    return left();
  }
}

export function nameOf(held: { readonly lane: Lane; readonly job: BullJob }): JobName {
  return { queue: held.lane.queue, id: held.job.id ?? "?" };
}

/** With the count of its starts. */
export function heldNameOf(held: { readonly lane: Lane; readonly job: BullJob }): HeldJobName {
  return { ...nameOf(held), starts: held.job.attemptsStarted };
}

/** A token may have had many jobs, one after the other. */
function tokenAndId(token: string, jobId: string | undefined): string {
  return `${token} ${jobId}`;
}
