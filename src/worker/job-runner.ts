import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { withoutArguments } from "../bull/describe-error.ts";
import { handBack } from "../bull/hand-back.ts";
import type { BullJob, Lane, LaneHandlers } from "../bull/lane.ts";
import type { Bull } from "../bull/load-bull.ts";
import type { Markers } from "../bull/markers.ts";
import { whyUnreadable } from "../bull/unreadable-jobs.ts";
import { jobText } from "../text/printable.ts";
import { EndWriter } from "./end-writer.ts";
import { type Ending, type HeldJob, type HeldJobs, nameOf } from "./held-jobs.ts";
import { errorOf, isControl, isMissingLock, outcomeOfUnmoved } from "./outcome.ts";

export interface JobRunnerParts {
  readonly bull: Bull;
  readonly application: Application;
  readonly markers: Markers;
  readonly held: HeldJobs;
  readonly log: Logger;
  /** Takes a lock again that has expired. Whether the job is ours. */
  regainAfterRefusal(held: HeldJob): Promise<boolean>;
  /** The same before anything is to happen with the lock, where it may be over; undefined: it cannot be. Never rejects. */
  regainIfLapsed(held: HeldJob): Promise<boolean> | undefined;
  beforeFinish(lane: Lane): Promise<void> | undefined;
}

/** The life of a job in this process: hooks, processor, and what becomes of it when it is stopped. */
export class JobRunner implements LaneHandlers {
  readonly #parts: JobRunnerParts;
  readonly #endWriter: EndWriter;

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
    const { bull, held, markers, log } = parts;
    this.#endWriter = new EndWriter({
      bull,
      held,
      markers,
      log,
      regain: (one) => parts.regainAfterRefusal(one),
      completed: (lane, job) => this.completed(lane, job),
      failed: (lane, job, error) => this.failed(lane, job, error),
    });
  }

  /** From a job that was just taken to its end in Redis; resolves with the next one, if that was taken in the same step. */
  async run(lane: Lane, job: BullJob, token: string, mayFetchNext: () => boolean): Promise<BullJob | undefined> {
    const held = this.#parts.held.add(lane, job, token);
    try {
      const next = (await lane.process(job, token, mayFetchNext)) ?? undefined;
      if (held.outcome !== undefined) await this.#endWriter.write(held, held.outcome);
      else if (held.control !== undefined) await this.#endWriter.writeUnmoved(held, outcomeOfUnmoved(held.control));
      return next;
    } finally {
      this.#parts.held.delete(held);
    }
  }

  /** A job that was taken at the very moment when we stopped taking. */
  async handBackUnstarted(lane: Lane, job: BullJob, token: string): Promise<void> {
    await this.#handBack(lane, job, token);
  }

  /** BullMQ calls this as the processor. What it throws is what BullMQ acts on. */
  perform(lane: Lane, job: BullJob, token: string): Promise<unknown> {
    const held = this.#parts.held.get(token);
    if (held === undefined)
      return Promise.reject(new Error(`job ${jobText(nameOf({ lane, job }))} was not taken by this worker`));
    // By hand, not by await: of a short job these promises are a good part of what it costs.
    return new Promise((resolve, reject) => {
      let isOver = false;
      const fail = (thrown: unknown) => {
        if (isOver) return;
        isOver = true;
        void this.#verdict(held, errorOf(thrown)).then((error) => {
          if (!isControl(error)) held.outcome = { failure: error };
          else if (!held.isHandedBack) held.control = error;
          this.#finish(held, reject, error);
        }, reject);
      };
      held.enforce = fail;
      this.#work(held).then(
        (result) => {
          held.endedByItself = true;
          if (isOver) return;
          isOver = true;
          held.outcome = { result };
          this.#finish(held, resolve, result);
        },
        (cause: unknown) => {
          held.endedByItself = held.ending === undefined;
          fail(cause);
        },
      );
    });
  }

  #finish<Value>(held: HeldJob, settle: (value: Value) => void, value: Value): void {
    held.isFinishing = true;
    const parts = this.#parts;
    const regained = parts.regainIfLapsed(held);
    const fresh =
      regained === undefined ? parts.beforeFinish(held.lane) : regained.then(() => parts.beforeFinish(held.lane));
    if (fresh === undefined) settle(value);
    else void fresh.then(() => settle(value));
  }

  completed(lane: Lane, job: BullJob): void {
    const { held, log, application } = this.#parts;
    this.#noteTold(job);
    held.count("finished");
    if (application.config.verbose) log.info({ queue: lane.queue, job: job.id, name: job.name }, "job completed");
  }

  failed(lane: Lane, job: BullJob | undefined, error: Error): void {
    const { held, log, application } = this.#parts;
    this.#noteTold(job);
    held.count("failed");
    if (!application.config.verbose) return;
    log.warn({ queue: lane.queue, job: job?.id, name: job?.name, reason: error.message }, "job failed");
  }

  error(lane: Lane, error: Error): void {
    this.#parts.log.error({ queue: lane.queue, err: withoutArguments(error) }, `BullMQ: ${error.message}`);
  }

  #noteTold(job: BullJob | undefined): void {
    const held = job?.token === undefined ? undefined : this.#parts.held.get(job.token);
    if (held !== undefined) held.outcome = undefined;
  }

  #noteNotOurs({ lane, job }: HeldJob): void {
    const message = `${jobText(nameOf({ lane, job }))}: its lock was over, and it is not ours any more: another has it, or it is at its end`;
    this.#parts.log.warn({ queue: lane.queue, job: job.id }, message);
  }

  async #work(held: HeldJob): Promise<unknown> {
    const { application, bull } = this.#parts;
    const { hooks } = application;
    const { job, lane, token } = held;
    const unreadable = whyUnreadable(job);
    if (unreadable !== undefined) throw new bull.api.UnrecoverableError(unreadable);
    if (hooks.has.beforePerform) await hooks.beforePerform(job);
    if (held.ending !== undefined) throw held.ending.reason;
    const processor = application.processorFor(lane.queue);
    if (processor === undefined) throw new Error(`no processor for queue ${lane.queue}`);
    const result = await processor(job, token, () => (held.controller ??= new AbortController()).signal);
    if (hooks.has.afterPerform) await hooks.afterPerform(job, result);
    return result;
  }

  async #verdict(held: HeldJob, error: Error): Promise<Error> {
    const { ending, job } = held;
    const { hooks } = this.#parts.application;
    if (ending === undefined) {
      // It wanted to move the job elsewhere, which Redis refused: it has not failed by that.
      if (isMissingLock(error, job.id) && (await this.#parts.regainIfLapsed(held)) === true) {
        held.isHandedBack = true;
        await this.#handBack(held.lane, job, held.token);
        return new this.#parts.bull.api.WaitingError();
      }
      if (hooks.has.onFailure && !isControl(error)) await hooks.onFailure(job, error);
      return error;
    }
    // It moved the job elsewhere by itself: then there is nothing left to stop.
    if (isControl(error)) return error;
    const stopped = this.#stopped(ending, error);
    if (ending.outcome === "handback") {
      held.isHandedBack = true;
      if ((await this.#parts.regainIfLapsed(held)) === false) this.#noteNotOurs(held);
      else await this.#handBack(held.lane, job, held.token);
    } else if (hooks.has.onFailure) await hooks.onFailure(job, stopped);
    return stopped;
  }

  #stopped({ outcome, reason }: Ending, cause: Error): Error {
    const { UnrecoverableError, WaitingError } = this.#parts.bull.api;
    if (outcome === "handback") return new WaitingError();
    if (outcome === "retry") return reason;
    const error = new UnrecoverableError(reason.message);
    if (cause !== reason) error.cause = cause;
    return error;
  }

  async #handBack(lane: Lane, job: BullJob, token: string): Promise<void> {
    const { held, markers, log } = this.#parts;
    if (job.id !== undefined) lane.letGo(job.id);
    try {
      await handBack(job, token, lane.keys.marker, markers);
      held.handedBack.push(nameOf({ lane, job }));
      log.info({ queue: lane.queue, job: job.id }, `handed back ${jobText(nameOf({ lane, job }))}`);
    } catch (error) {
      held.lost.push(nameOf({ lane, job }));
      log.error(
        { queue: lane.queue, job: job.id, err: withoutArguments(error) },
        `could not hand back ${jobText(nameOf({ lane, job }))}`,
      );
    }
  }
}
