import type { Logger } from "pino";
import type { Application } from "../../app/application.ts";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import { handBack } from "../../bull/worker/hand-back.ts";
import { moveBy } from "../../bull/worker/job-moves.ts";
import type { Lane, LaneHandlers } from "../../bull/worker/lane.ts";
import { hasUnreadableParent, whyUnreadable } from "../../bull/worker/unreadable-jobs.ts";
import { type Unscheduled, unscheduledOf } from "../../bull/worker/unscheduled-jobs.ts";
import { jobText } from "../../text/printable.ts";
import type { TakenHere } from "./expired-locks.ts";
import { type Ending, type HeldJob, type HeldJobs, heldNameOf, nameOf } from "./held-jobs.ts";
import type { JobEnds } from "./job-ends.ts";
import { type JobMover, NotOursError } from "./job-mover.ts";
import { errorOf, isControl, isMissingLock, moveSaid, unmovedError } from "./outcome.ts";

export interface JobRunnerParts {
  readonly bull: Bull;
  readonly application: Application;
  readonly held: HeldJobs;
  readonly ends: JobEnds;
  readonly log: Logger;
  mover(one: TakenHere): Pick<JobMover, "move" | "fate" | "failsForGood">;
  beforeFinish(lane: Lane): Promise<void> | undefined;
  /** Some locks could not be renewed. */
  lookAfterLocks(): void;
  /** The job's `parent` is not JSON: repairs it, because BullMQ's scripts read it when the job ends. */
  repairParent(lane: Lane, job: BullJob): Promise<void>;
  /** There may be a job in this lane that no worker was woken for. Never rejects. */
  wake(lane: Lane): Promise<void>;
}

/** The life of a job in this process: hooks, processor, and what becomes of it when it is stopped. */
export class JobRunner implements LaneHandlers {
  readonly #parts: JobRunnerParts;

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
  }

  /** From a job that was just taken to its end in Redis; resolves with the next one, if that was taken in the same step. */
  async run(lane: Lane, job: BullJob, token: string, mayFetchNext: () => boolean): Promise<BullJob | undefined> {
    const held = this.#parts.held.add(lane, job, token);
    const mover = this.#parts.mover(held);
    let refusal: unknown;
    moveBy(job, {
      async move(move, attempt) {
        // Its processor has BullMQ's answers to what it does itself.
        if (!held.isFinishing) return await attempt(false);
        try {
          const result = await mover.move(move, attempt);
          refusal = undefined;
          return result;
        } catch (cause) {
          if (move === "end") refusal = cause;
          throw cause;
        }
      },
      failsForGood: (cause) => mover.failsForGood(cause),
    });
    try {
      const next = (await lane.process(job, token, mayFetchNext)) ?? undefined;
      // Of a job that fails before its processor runs, only the refusal is known.
      if (held.outcome !== undefined || refusal !== undefined) await this.#giveUp(held, refusal);
      return next;
    } finally {
      this.#parts.held.delete(held);
    }
  }

  /** A job that was taken at the very moment when we stopped taking. */
  async handBackUnstarted(lane: Lane, job: BullJob, token: string): Promise<void> {
    moveBy(job, this.#parts.mover({ lane, job, token }));
    await this.#handBack({ lane, job, token });
  }

  /** BullMQ calls this as the processor. What it throws is what BullMQ acts on. */
  perform(lane: Lane, job: BullJob, token: string): Promise<unknown> {
    const held = this.#parts.held.get(token);
    if (held === undefined)
      return Promise.reject(new Error(`job ${jobText(nameOf({ lane, job }))} was not taken by this worker`));
    held.isFinishing = false;
    // By hand, not by await: of a short job these promises are a good part of what it costs.
    return new Promise((resolve, reject) => {
      let isOver = false;
      const fail = (thrown: unknown) => {
        if (isOver) return;
        isOver = true;
        void this.#verdict(held, errorOf(thrown)).then((error) => {
          if (!isControl(error)) held.outcome = { failure: error, isFinal: this.#isFinal(error) };
          this.#finish(held, reject, error);
        }, reject);
      };
      held.enforce = fail;
      this.#work(held).then(
        (result) => {
          this.#parts.held.finishing(held);
          // One that never asked for its signal knows of no stop.
          held.endedByItself = held.ending === undefined || held.controller === undefined;
          if (held.ending?.outcome === "dropped") fail(held.ending.reason);
          if (isOver) return;
          isOver = true;
          held.outcome = { result };
          this.#finish(held, resolve, result);
        },
        (cause: unknown) => {
          this.#parts.held.finishing(held);
          held.endedByItself = held.ending === undefined;
          fail(cause);
        },
      );
    });
  }

  #finish<Value>(held: HeldJob, settle: (value: Value) => void, value: Value): void {
    this.#parts.held.finishing(held);
    const fresh = this.#parts.beforeFinish(held.lane);
    if (fresh === undefined) settle(value);
    else void fresh.then(() => settle(value));
  }

  completed(lane: Lane, job: BullJob, result: unknown): void {
    this.#noteWritten(job);
    this.#parts.ends.written({ lane, job, outcome: { result } });
  }

  failed(lane: Lane, job: BullJob, failure: Error): void {
    this.#noteWritten(job);
    this.#parts.ends.written({ lane, job, outcome: { failure } });
  }

  error(lane: Lane, error: Error): void {
    // Its mover has logged it.
    if (error instanceof NotOursError) return;
    this.#parts.log.error({ queue: lane.queue, err: withoutArguments(error) }, `BullMQ: ${error.message}`);
  }

  locksLost(): void {
    this.#parts.lookAfterLocks();
  }

  #noteWritten(job: BullJob): void {
    const held = job.token === undefined ? undefined : this.#parts.held.get(job.token);
    if (held !== undefined) held.outcome = undefined;
  }

  /** Redis has refused the end of this job for too long, or the job is not ours any more. */
  async #giveUp(held: HeldJob, refusal: unknown): Promise<void> {
    if (refusal instanceof NotOursError) return;
    const { lane, job } = held;
    const fate = await this.#parts.mover(held).fate("end");
    if (fate === "ours") this.#parts.held.giveUp(held);
    const fields = { queue: lane.queue, job: job.id, fate, err: withoutArguments(refusal) };
    this.#parts.log.error(fields, `could not write the end of a job: ${errorOf(refusal).message}`);
    await this.#parts.wake(lane);
  }

  async #work(held: HeldJob): Promise<unknown> {
    const { application, bull } = this.#parts;
    const { hooks } = application;
    const { job, lane, token } = held;
    const unreadable = whyUnreadable(job);
    if (unreadable !== undefined && hasUnreadableParent(job)) await this.#parts.repairParent(lane, job);
    if (unreadable !== undefined) throw new bull.api.UnrecoverableError(unreadable);
    const unscheduled = unscheduledOf(job);
    if (unscheduled !== undefined) await this.#schedule(held, unscheduled);
    if (hooks.has.beforePerform) await hooks.beforePerform(job);
    if (held.ending !== undefined) throw held.ending.reason;
    const processor = application.processorFor(lane.queue);
    if (processor === undefined) throw new Error(`no processor for queue ${lane.queue}`);
    return await processor(job, token, () => (held.controller ??= new AbortController()).signal);
  }

  /** Without its next iteration the job would be the scheduler's last. */
  async #schedule(held: HeldJob, unscheduled: Unscheduled): Promise<void> {
    try {
      await this.#parts.mover(held).move("schedule", async (isRetry) => {
        if (held.ending !== undefined) throw held.ending.reason;
        if (isRetry) await unscheduled.retry();
        else throw unscheduled.cause;
      });
    } catch (error) {
      if (held.ending !== undefined) throw held.ending.reason;
      throw new Error(`the next iteration could not be created: ${errorOf(error).message}`, { cause: error });
    }
  }

  /** What BullMQ is to act on, after a processor that threw or is not waited for any more. */
  async #verdict(held: HeldJob, thrown: Error): Promise<Error> {
    if (held.ending?.outcome === "dropped") return new this.#parts.bull.api.WaitingError();
    const isUnmoved = moveSaid(thrown) !== undefined && (await this.#isOurs(held));
    // Moved elsewhere by itself, or for BullMQ to move: there is nothing to stop, and nothing has failed.
    if (isControl(thrown) && !isUnmoved) return thrown;
    const error = isUnmoved ? unmovedError(thrown) : thrown;
    const { ending, job } = held;
    // It wanted to move the job elsewhere, and Redis did not find its lock: it has not failed by that.
    const isCutOff = ending === undefined && isMissingLock(error, job.id) && (await this.#isOurs(held));
    if (isCutOff || ending?.outcome === "handback") {
      await this.#handBack(held);
      return new this.#parts.bull.api.WaitingError();
    }
    return ending === undefined ? error : this.#stopped(ending, error);
  }

  /** What a stopped job fails with. A processor may answer that it is not to be retried. */
  #stopped({ outcome, reason }: Ending, cause: Error): Error {
    if (outcome === "retry") return cause.name === "UnrecoverableError" ? cause : reason;
    const error = new this.#parts.bull.api.UnrecoverableError(reason.message);
    if (cause !== reason) error.cause = cause;
    return error;
  }

  /** By BullMQ's own rule. */
  #isFinal(error: Error): boolean {
    return error instanceof this.#parts.bull.api.UnrecoverableError || error.name === "UnrecoverableError";
  }

  /** Whether the job is where it was when it was taken, and locked by us. */
  async #isOurs(held: HeldJob): Promise<boolean> {
    return (await this.#parts.mover(held).fate("end")) === "ours";
  }

  async #handBack({ lane, job, token }: TakenHere): Promise<void> {
    const { held, log } = this.#parts;
    if (job.id !== undefined) lane.untrack(job.id);
    const here = held.get(token);
    if (here !== undefined) this.#parts.held.finishing(here);
    try {
      await handBack(job, token, () => this.#parts.wake(lane));
      held.handedBack.push(nameOf({ lane, job }));
      log.info({ queue: lane.queue, job: job.id }, `handed back ${jobText(nameOf({ lane, job }))}`);
    } catch (error) {
      if (error instanceof NotOursError) return;
      held.lost.push(heldNameOf({ lane, job }));
      log.error(
        { queue: lane.queue, job: job.id, err: withoutArguments(error) },
        `could not hand back ${jobText(nameOf({ lane, job }))}`,
      );
    }
  }
}
