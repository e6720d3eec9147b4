import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { handBack } from "../bull/hand-back.ts";
import type { BullJob, Lane, LaneHandlers } from "../bull/lane.ts";
import type { Bull } from "../bull/load-bull.ts";
import type { Markers } from "../bull/markers.ts";
import { type Ending, type HeldJob, type HeldJobs, nameOf } from "./held-jobs.ts";
import { errorOf, isControl } from "./outcome.ts";

export interface JobRunnerParts {
  readonly bull: Bull;
  readonly application: Application;
  readonly markers: Markers;
  readonly held: HeldJobs;
  readonly log: Logger;
  beforeFinish(lane: Lane): Promise<void>;
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
    try {
      return await lane.process(job, token, mayFetchNext);
    } finally {
      this.#parts.held.delete(held);
    }
  }

  /** A job that was taken at the very moment when we stopped taking. */
  async handBackUnstarted(lane: Lane, job: BullJob, token: string): Promise<void> {
    await this.#handBack(lane, job, token);
  }

  /** BullMQ calls this as the processor. What it throws is what BullMQ acts on. */
  async perform(lane: Lane, job: BullJob, token: string, signal: AbortSignal): Promise<unknown> {
    const held = this.#parts.held.get(job);
    if (held === undefined) throw new Error(`job ${lane.queue}:${job.id} was not taken by this worker`);
    try {
      return await new Promise((resolve, reject) => {
        held.enforce = reject;
        this.#work(held, token, signal).then(resolve, reject);
      });
    } catch (thrown) {
      throw await this.#verdict(held, errorOf(thrown));
    } finally {
      await this.#parts.beforeFinish(lane);
    }
  }

  completed(lane: Lane, job: BullJob): void {
    const { held, log, application } = this.#parts;
    held.count("finished");
    if (application.config.verbose) log.info({ queue: lane.queue, job: job.id, name: job.name }, "job completed");
  }

  failed(lane: Lane, job: BullJob | undefined, error: Error): void {
    const { held, log, application } = this.#parts;
    held.count("failed");
    if (!application.config.verbose) return;
    log.warn({ queue: lane.queue, job: job?.id, name: job?.name, reason: error.message }, "job failed");
  }

  error(lane: Lane, error: Error): void {
    this.#parts.log.error({ queue: lane.queue, err: error }, `BullMQ: ${error.message}`);
  }

  async #work(held: HeldJob, token: string, signal: AbortSignal): Promise<unknown> {
    const { application } = this.#parts;
    const { hooks } = application;
    const { job, lane } = held;
    if (hooks.has.beforePerform) await hooks.beforePerform(job);
    if (held.ending !== undefined) throw held.ending.reason;
    const processor = application.processorFor(lane.queue);
    if (processor === undefined) throw new Error(`no processor for queue ${lane.queue}`);
    const result = await processor(job, token, signal);
    if (hooks.has.afterPerform) await hooks.afterPerform(job, result);
    return result;
  }

  async #verdict(held: HeldJob, error: Error): Promise<Error> {
    const { ending, job } = held;
    const { hooks } = this.#parts.application;
    if (ending === undefined) {
      if (hooks.has.onFailure && !isControl(error)) await hooks.onFailure(job, error);
      return error;
    }
    // It moved the job elsewhere by itself: then there is nothing left to stop.
    if (isControl(error)) return error;
    const stopped = this.#stopped(ending, error);
    if (ending.outcome === "handback") await this.#handBack(held.lane, job, held.token);
    else if (hooks.has.onFailure) await hooks.onFailure(job, stopped);
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
    try {
      await handBack(job, token, lane.keys.marker, markers);
      held.handedBack.push(nameOf({ lane, job }));
      log.info({ queue: lane.queue, job: job.id }, `handed back ${lane.queue}:${job.id}`);
    } catch (error) {
      held.lost.push(nameOf({ lane, job }));
      log.error({ queue: lane.queue, job: job.id, err: error }, `could not hand back ${lane.queue}:${job.id}`);
    }
  }
}
