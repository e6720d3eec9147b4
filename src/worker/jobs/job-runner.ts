import { withoutArguments } from "../../bull/connection/describe-error.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import { movedError } from "../../bull/older/moved-error.ts";
import { finalOf, foreignKind, isFinal, ownControl } from "../../bull/worker/error-kind.ts";
import { errorOf } from "../../bull/worker/error-of.ts";
import { handBack } from "../../bull/worker/hand-back.ts";
import { endWithoutProcessor, moveBy } from "../../bull/worker/job-moves.ts";
import type { Lane, LaneHandlers } from "../../bull/worker/lane.ts";
import { refusesCompletion } from "../../bull/worker/refusals.ts";
import { ThrottledWarnings } from "../../log/throttled-warnings.ts";
import { jobText } from "../../text/printable.ts";
import type { TakenHere } from "./expired-locks.ts";
import { type Ending, type HeldJob, nameOf } from "./held-job.ts";
import { NotOursError } from "./job-mover.ts";
import type { JobRunnerParts } from "./job-runner-parts.ts";
import { JobWork } from "./job-work.ts";
import { isControl, isMissingLock, moveSaid, unmovedError } from "./outcome.ts";
import { RunningMover } from "./running-mover.ts";

/** Runs jobs in this process: hooks, processor, and the outcome of a job that is stopped. */
export class JobRunner implements LaneHandlers {
  readonly #parts: JobRunnerParts;
  /** The ids of the jobs whose moves failed with these errors. BullMQ reports the errors without the jobs. */
  readonly #jobsOfErrors = new WeakMap<Error, string>();
  readonly #errors: ThrottledWarnings;
  readonly #work: JobWork;

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
    this.#errors = new ThrottledWarnings(parts.log);
    this.#work = new JobWork(parts);
  }

  /** Runs a job until its end is written to Redis. Resolves with the next job, if the same command has taken one. */
  async run(lane: Lane, job: BullJob, token: string, mayFetchNext: () => boolean): Promise<BullJob | undefined> {
    const held = this.#parts.held.add(lane, job, token);
    if (job.stalledCounter > 0) this.#parts.tookStalled(nameOf(held));
    const mover = new RunningMover({
      isFinishing: () => held.isFinishing,
      now: this.#parts.now,
      mover: () => this.#parts.mover(held),
      failed: (move, cause) => {
        // A job that has returned must not run again because BullMQ fails it in place of completing it.
        const error = move === "complete" && refusesCompletion(cause) ? finalOf(this.#parts.bull.api, cause) : cause;
        if (error instanceof Error) this.#jobsOfErrors.set(error, job.id ?? "?");
        return error;
      },
    });
    moveBy(job, mover);
    if (lane.hears("active")) this.#parts.held.heard(held);
    try {
      const next = (await lane.process(job, token, mayFetchNext)) ?? undefined;
      // If a job fails before its processor runs, only the refusal is known.
      if (held.outcome !== undefined || mover.refusal !== undefined) await this.#giveUp(held, mover.refusal);
      return next;
    } finally {
      this.#parts.held.delete(held);
      this.#parts.ended(held);
    }
  }

  /** Hands back a job that was taken and may not start. */
  async handBackUnstarted(lane: Lane, job: BullJob, token: string): Promise<void> {
    moveBy(job, this.#parts.mover({ lane, job, token }));
    await this.#handBack({ lane, job, token });
  }

  /** BullMQ calls this as its processor, and acts on what it throws. */
  perform(lane: Lane, job: BullJob, token: string): Promise<unknown> {
    const held = this.#parts.held.get(token);
    if (held === undefined)
      return Promise.reject(new Error(`job ${jobText(nameOf({ lane, job }))} was not taken by this worker`));
    held.isFinishing = false;
    // Without await: the promises are a large part of the cost of a short job.
    return new Promise((resolve, reject) => {
      let isOver = false;
      const fail = (thrown: unknown) => {
        if (isOver) return;
        isOver = true;
        void this.#verdict(held, this.#errorOf(thrown)).then((error) => {
          if (!isControl(error)) held.outcome = { failure: error, isFinal: isFinal(this.#parts.bull.api, error) };
          this.#finish(held, reject, error);
        }, reject);
      };
      held.enforce = (reason) => {
        if (!isOver) endWithoutProcessor(job, reason);
        fail(reason);
      };
      const returned = (result: unknown) => {
        this.#parts.held.finishing(held);
        // A processor that never asked for its signal does not know of the stop.
        held.endedByItself = held.ending === undefined || held.controller === undefined;
        if (held.ending?.outcome === "dropped") fail(held.ending.reason);
        if (isOver) return;
        isOver = true;
        held.outcome = { result };
        this.#finish(held, resolve, result);
      };
      const threw = (cause: unknown) => {
        this.#parts.held.finishing(held);
        held.endedByItself = held.ending === undefined;
        fail(cause);
      };
      let working: unknown;
      try {
        working = this.#work.begin(held);
      } catch (cause) {
        return threw(cause);
      }
      if (isPrimitive(working)) returned(working);
      else Promise.resolve(working).then(returned, threw);
    });
  }

  #finish<Value>(held: HeldJob, settle: (value: Value) => void, value: Value): void {
    this.#parts.held.finishing(held);
    const fresh = this.#parts.beforeFinish(held.lane);
    if (fresh === undefined) settle(value);
    else void fresh.then(() => settle(value));
  }

  completed(lane: Lane, job: BullJob, result: unknown): void {
    if (this.#noteWritten(job)) this.#parts.ends.written({ lane, job, outcome: { result } });
  }

  failed(lane: Lane, job: BullJob, failure: Error): void {
    if (this.#noteWritten(job)) this.#parts.ends.written({ lane, job, outcome: { failure } });
  }

  error(lane: Lane, error: Error): void {
    // The mover has logged it.
    if (error instanceof NotOursError) return;
    const job = this.#jobsOfErrors.get(error);
    const fields = { queue: lane.queue, job, err: withoutArguments(error) };
    const message = "BullMQ reported an error";
    if (job !== undefined) return this.#parts.log.error(fields, message);
    // BullMQ retries without end what concerns no job, such as a connection that is refused: `ReplyError WRONGPASS`.
    const [word = ""] = error.message.split(" ", 1);
    this.#errors.error(fields, message, `${error.name} ${word}`);
  }

  locksLost(): void {
    this.#parts.lookAfterLocks();
  }

  /** Returns whether this process makes the application hear of the end. */
  #noteWritten(job: BullJob): boolean {
    const held = job.token === undefined ? undefined : this.#parts.held.get(job.token);
    return held === undefined || this.#parts.held.written(held);
  }

  /** Redis has refused the end of this job for too long, or the job no longer belongs to this worker. */
  async #giveUp(held: HeldJob, refusal: unknown): Promise<void> {
    if (refusal instanceof NotOursError) return;
    const { lane, job } = held;
    const fate = await this.#parts.mover(held).fate("fail");
    if (fate === "ours") this.#parts.held.giveUp(held);
    const fields = { queue: lane.queue, job: job.id, fate, err: withoutArguments(refusal) };
    this.#parts.log.error(fields, "gave up writing the end of a job");
    await this.#parts.wake(lane);
  }

  /** Returns the error that BullMQ must act on, after the processor threw or the worker stopped waiting for it. */
  async #verdict(held: HeldJob, thrown: Error): Promise<Error> {
    if (held.ending?.outcome === "dropped") return movedError(this.#parts.bull.api);
    const isUnmoved = moveSaid(thrown) !== undefined && (await this.#isOurs(held));
    // The processor moved the job, or asks BullMQ to: there is nothing to stop, and nothing has failed.
    if (isControl(thrown) && !isUnmoved) return thrown;
    const error = isUnmoved ? unmovedError(thrown) : thrown;
    const { ending, job } = held;
    // The processor tried to move the job, and Redis did not find the lock. That does not fail the job.
    const isCutOff = ending === undefined && isMissingLock(error, job.id) && (await this.#isOurs(held));
    if (isCutOff || ending?.outcome === "handback") {
      await this.#handBack(held);
      return movedError(this.#parts.bull.api);
    }
    return ending === undefined ? error : this.#stopped(ending, error);
  }

  /** The error of a stopped job. Its processor can prevent retries by an UnrecoverableError. */
  #stopped(ending: Ending, cause: Error): Error {
    const { outcome } = ending;
    const reason = cause === ending.lateReason ? cause : ending.reason;
    if (outcome === "retry") return isFinal(this.#parts.bull.api, cause) ? cause : reason;
    const error = new this.#parts.bull.api.UnrecoverableError(reason.message);
    if (cause !== reason) error.cause = cause;
    return error;
  }

  /** The error of a processor, as an error of the BullMQ that acts on it. */
  #errorOf(thrown: unknown): Error {
    const { api } = this.#parts.bull;
    const error = errorOf(thrown);
    if (foreignKind(api, error) !== undefined) this.#parts.foundCopy(error);
    return ownControl(api, error);
  }

  /** Whether the job is still active and locked by this worker. */
  async #isOurs(held: HeldJob): Promise<boolean> {
    return (await this.#parts.mover(held).fate("fail")) === "ours";
  }

  async #handBack({ lane, job, token }: TakenHere): Promise<void> {
    const { held, log } = this.#parts;
    if (job.id !== undefined) lane.untrack(job.id);
    const here = held.get(token);
    if (here !== undefined) this.#parts.held.finishing(here);
    try {
      await handBack(job, token, () => this.#parts.wake(lane));
      if (here !== undefined) held.written(here);
      held.handedBack.push(nameOf({ lane, job }));
      log.info({ queue: lane.queue, job: job.id }, "handed back job");
    } catch (error) {
      if (error instanceof NotOursError) return;
      held.addLost({ lane, job });
      log.error({ queue: lane.queue, job: job.id, err: withoutArguments(error) }, "could not hand back job");
    }
  }
}

/** Whether `await` gives the value at once. */
function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}
