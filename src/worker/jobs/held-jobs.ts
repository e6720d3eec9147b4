import type { RowWriter } from "../../board/row-writer.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { abortAfter, whenAborted } from "../../clock/abort-deadline.ts";
import { monotonicClock } from "../../clock/monotonic.ts";
import type { HeldJobName } from "../../protocol/dead-worker.ts";
import { isOver, mayHaveRun } from "../../protocol/job-stage.ts";
import type { JobName } from "../../protocol/messages.ts";
import { type Ending, type HeldJob, type JobWatcher, lastReason } from "./held-job.ts";
import { JobTimes } from "./job-times.ts";
import { LostJobs } from "./lost-jobs.ts";
import type { UnwrittenEnds } from "./unwritten-ends.ts";

/** How long writing the end of a stopped job to Redis may take, after the time that its processor had to stop. */
export const handBackTimeoutMs = 1_500;
/** The same if only ends are left to write. Unwritten ends are passed on to init, before init kills this process. */
const passOnTimeoutMs = 500;

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
  readonly times = new JobTimes();
  readonly #lost = new LostJobs();
  /** The tokens and ids of jobs that have ended and are still active in Redis. They must not run again because of that. */
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

  get lost(): HeldJobName[] {
    return this.#lost.all;
  }

  get unwritten(): UnwrittenEnds {
    return this.#lost.unwritten;
  }

  get(token: string): HeldJob | undefined {
    return this.#held.get(token);
  }

  add(lane: Lane, job: BullJob, token: string): HeldJob {
    const monotonicStartedAt = monotonicClock.now();
    const entry = this.#row?.put(lane.queue, job.id ?? "?", monotonicStartedAt, job.attemptsStarted);
    const held: HeldJob = {
      lane,
      job,
      token,
      startedAt: Date.now(),
      monotonicStartedAt,
      stage: "taken",
      hasBegun: false,
      isWaitMeasured: false,
      entry,
      stacks: job.stacktrace?.length ?? 0,
      ending: undefined,
      endedByItself: false,
      outcome: undefined,
      isFinishing: true,
      controller: undefined,
      endRunner: undefined,
      enforce: () => {},
    };
    this.#held.set(token, held);
    this.#watcher?.taken(held);
    this.#notify(held);
    return held;
  }

  /** Called before the application's listeners hear that the job is active: from then on, its code may be at fault. */
  heard(held: HeldJob): void {
    if (held.stage === "taken") this.#restage(held, "running");
  }

  /** Called before the application performs the job, here or in a runner. Later calls do nothing. */
  starts(held: HeldJob): void {
    if (held.hasBegun || isOver(held.stage)) return;
    this.#restage(held, "running");
    if (!held.isWaitMeasured) this.times.began(held.lane.queue, held.job, held.startedAt);
    held.hasBegun = held.isWaitMeasured = true;
    this.#watcher?.started(held);
  }

  /** Called when an isolated job has no runner, or no longer has one that could have started it. */
  waitsForRunner(held: HeldJob): void {
    if (isOver(held.stage)) return;
    if (held.hasBegun) this.#watcher?.waitsAgain(held);
    held.hasBegun = false;
    this.#restage(held, "waitingForRunner");
  }

  #restage(held: HeldJob, stage: "running" | "waitingForRunner"): void {
    const before = held.stage;
    held.stage = stage;
    held.startedAt = Date.now();
    held.monotonicStartedAt = monotonicClock.now();
    if (held.entry !== undefined) this.#row?.restage(held.entry, stage, held.monotonicStartedAt);
    // A job that was taken is reported as one that runs, which it does a moment later.
    if (before !== "taken" || stage !== "running") this.#notify(held);
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
    this.#lost.addWithEnd(held);
    this.#givenUp.add(`${held.token} ${held.job.id}`);
  }

  isGivenUp(token: string, jobId: string): boolean {
    return this.#givenUp.has(`${token} ${jobId}`);
  }

  /** Called when the processor has ended, or the worker no longer waits for it. The job's end is written next. */
  finishing(held: HeldJob): void {
    held.isFinishing = true;
    if (isOver(held.stage)) return;
    held.stage = mayHaveRun(held.stage) ? "ending" : "leaving";
    if (held.entry !== undefined) this.#row?.stage(held.entry, held.stage);
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
    for (const held of isolated) held.endRunner?.(lastReason(held.ending)?.message ?? "its job was stopped");
    await this.#settled(isolated, abortAfter(handBackTimeoutMs).signal);
    return jobs.filter((held) => this.#held.get(held.token) === held);
  }

  /** Ends aborted jobs while their processors continue. */
  async endWithoutProcessor(unstoppable: readonly HeldJob[]): Promise<void> {
    // The newest first, because each goes to the front of its queue.
    for (const held of unstoppable.toReversed()) {
      const reason = held.endRunner === undefined ? held.ending?.reason : lastReason(held.ending);
      if (reason !== undefined) held.enforce(reason);
    }
    const timeoutMs = unstoppable.every(({ outcome }) => outcome !== undefined) ? passOnTimeoutMs : handBackTimeoutMs;
    for (const held of await this.#settled(unstoppable, abortAfter(timeoutMs).signal)) this.#lost.addWithEnd(held);
  }

  /** Called with a job that could be neither ended nor handed back. */
  addLost(held: { readonly lane: Lane; readonly job: BullJob }): void {
    this.#lost.add(held);
  }

  /**
   * Called when the end or the hand back of a job is written after all. False: the exit report has passed the end on, and the keeper
   * reports it.
   */
  written(held: HeldJob): boolean {
    held.outcome = undefined;
    if (!this.#lost.has(held)) return true;
    if (this.#isReported) return false;
    this.#lost.remove(held);
    return true;
  }

  /** Called when the exit report is sent. */
  reported(): void {
    this.#isReported = true;
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
