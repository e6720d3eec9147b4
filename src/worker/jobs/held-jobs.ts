import type { RowWriter } from "../../board/row-writer.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { abortAfter, whenAborted } from "../../clock/abort-deadline.ts";
import { monotonicClock } from "../../clock/monotonic.ts";
import type { HeldJobName } from "../../protocol/dead-worker.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { Outcome, StoppedOutcome } from "./outcome.ts";
import { UnwrittenEnds } from "./unwritten-ends.ts";

/** How long writing the end of a stopped job to Redis may take, after the time that its processor had to stop. */
export const handBackTimeoutMs = 1_500;
/** The same if only ends are left to write. Unwritten ends are passed on to init, before init kills this process. */
const passOnTimeoutMs = 500;

/** Why a job is interrupted, and with which outcome. */
export interface Ending {
  readonly reason: Error;
  /** "dropped": the job no longer belongs to this worker, which writes nothing about it. */
  readonly outcome: StoppedOutcome | "dropped";
}

/** A job that this process has taken and whose end is not yet written to Redis. */
export interface HeldJob {
  readonly lane: Lane;
  readonly job: BullJob;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The same instant, in monotonic milliseconds. */
  readonly takenAt: number;
  /** The job's entry in the worker's row; undefined: it has none. */
  readonly entry: number | undefined;
  /** How many stack traces of earlier attempts the job has. */
  readonly stacks: number;
  /** Set when the job is ordered to stop. */
  ending: Ending | undefined;
  /** The processor has returned or thrown without knowing of a stop. */
  endedByItself: boolean;
  /** How the processor ended. Set until BullMQ has written it to Redis. */
  outcome: Outcome | undefined;
  /** The processor does not run: the end is being written to Redis, which may assign the next job to the same token. */
  isFinishing: boolean;
  /** The processor has ended, or the worker no longer waits for it. */
  hasEnded: boolean;
  /** Created when the processor asks for its signal. */
  controller: AbortController | undefined;
  /** Kills the process that runs only this job. undefined: none does. */
  endRunner: ((why: string) => void) | undefined;
  /** Stops waiting for the processor. */
  enforce(reason: Error): void;
}

/** Is called when each job begins and ends. */
export interface JobWatcher {
  began(held: HeldJob): void;
  ended(held: HeldJob): void;
}

export interface HeldJobsListener {
  changed(): void;
  /** A job without an entry in the row began or ended: init must learn of it before another job can block the event loop. */
  unshown(): void;
}

/** The jobs that this worker holds, and counts of those that ended: for status updates, the title and the exit report. */
export class HeldJobs {
  /** By token. A token has one job at a time. */
  readonly #held = new Map<string, HeldJob>();
  readonly #listener: HeldJobsListener;
  readonly #row: RowWriter | undefined;
  #watcher: JobWatcher | undefined;
  #waiting: (() => void)[] = [];
  finished = 0;
  failed = 0;
  readonly handedBack: JobName[] = [];
  readonly lost: HeldJobName[] = [];
  /** The ends of the lost jobs that have ended. */
  readonly unwritten = new UnwrittenEnds();
  /** Jobs that have ended and are still active in Redis. They must not run again because of that. */
  readonly #givenUp = new Set<string>();
  #isReported = false;

  constructor(listener: HeldJobsListener, row?: RowWriter) {
    this.#listener = listener;
    this.#row = row;
  }

  /** Sets the watcher, which enforces the time limits. */
  watchedBy(watcher: JobWatcher): void {
    this.#watcher = watcher;
  }

  /** In the order in which they were taken. */
  get all(): HeldJob[] {
    return [...this.#held.values()];
  }

  get isHolding(): boolean {
    return this.#held.size > 0;
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
      stacks: job.stacktrace?.length ?? 0,
      ending: undefined,
      endedByItself: false,
      outcome: undefined,
      isFinishing: true,
      hasEnded: false,
      controller: undefined,
      endRunner: undefined,
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

  /** Called when Redis does not accept the end of this job. The job stays active with this token. */
  giveUp(held: HeldJob): void {
    this.#lose(held);
    this.#givenUp.add(tokenAndId(held.token, held.job.id));
  }

  isGivenUp(token: string, jobId: string): boolean {
    return this.#givenUp.has(tokenAndId(token, jobId));
  }

  /** Called when the processor has ended, or the worker no longer waits for it. The job's end is written next. */
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
   * Aborts the signals of these jobs. A job that was aborted before keeps its first ending. Resolves with the jobs that are
   * still held when `late` aborts: the caller must end them without their processors.
   */
  async stop(jobs: readonly HeldJob[], ending: Ending, late: AbortSignal): Promise<HeldJob[]> {
    this.#abort(jobs, ending);
    return await this.#settled(jobs, late);
  }

  /** Aborts the signal of a job that no longer belongs to this worker. Its processor may run for any length of time. */
  drop(held: HeldJob, reason: Error): void {
    this.#abort([held], { reason, outcome: "dropped" });
  }

  /** Kills the runners of aborted jobs, which ends those jobs. Resolves with the jobs that are still held. */
  async endRunners(jobs: readonly HeldJob[]): Promise<HeldJob[]> {
    const isolated = jobs.filter((held) => held.endRunner !== undefined);
    if (isolated.length === 0) return [...jobs];
    for (const held of isolated) held.endRunner?.(held.ending?.reason.message ?? "its job was stopped");
    await this.#settled(isolated, abortAfter(handBackTimeoutMs).signal);
    return jobs.filter((held) => this.#held.get(held.token) === held);
  }

  /** Ends aborted jobs while their processors continue. */
  async endWithoutProcessor(unstoppable: readonly HeldJob[]): Promise<void> {
    // The newest first, because each goes to the front of its queue.
    for (const held of unstoppable.toReversed()) if (held.ending !== undefined) held.enforce(held.ending.reason);
    const timeoutMs = unstoppable.every(({ outcome }) => outcome !== undefined) ? passOnTimeoutMs : handBackTimeoutMs;
    for (const held of await this.#settled(unstoppable, abortAfter(timeoutMs).signal)) this.#lose(held);
  }

  /** Called with a job that could be neither ended nor handed back. */
  addLost(held: { readonly lane: Lane; readonly job: BullJob }): void {
    this.lost.push(this.unwritten.withLongId(heldNameOf(held)));
  }

  /**
   * Called when the end or the hand back of a job is written after all. False: the exit report has passed the end on, and the keeper
   * reports it.
   */
  written(held: HeldJob): boolean {
    held.outcome = undefined;
    const at = this.lost.findIndex((one) => one.queue === held.lane.queue && one.id === held.job.id);
    if (at < 0) return true;
    if (this.#isReported) return false;
    this.lost.splice(at, 1);
    this.unwritten.remove(nameOf(held));
    return true;
  }

  /** Called when the exit report is sent. */
  reported(): void {
    this.#isReported = true;
  }

  #lose(held: HeldJob): void {
    this.addLost(held);
    const { attemptsStarted: starts, attemptsMade: ends } = held.job;
    if (held.outcome !== undefined)
      this.unwritten.add({ ...nameOf(held), starts, ends, stacks: held.stacks }, held.outcome);
  }

  #abort(jobs: readonly HeldJob[], ending: Ending): void {
    for (const held of jobs) {
      if (held.ending !== undefined) continue;
      held.ending = ending;
      held.controller?.abort(ending.reason);
    }
  }

  /** Resolves with an empty list when none of these jobs is held, or with those that are still held when `late` aborts. */
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

/** Includes how often the job was started. */
export function heldNameOf(held: { readonly lane: Lane; readonly job: BullJob }): HeldJobName {
  return { ...nameOf(held), starts: held.job.attemptsStarted };
}

/** A token can have many jobs, one after another. */
function tokenAndId(token: string, jobId: string | undefined): string {
  return `${token} ${jobId}`;
}
