import type { Logger } from "pino";
import type { Application } from "../../app/application.ts";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import { errorNamed } from "../../bull/worker/error-named.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { isShortId } from "../../protocol/fit.ts";
import type { EndReport } from "../../protocol/messages.ts";
import { jobText } from "../../text/printable.ts";
import type { HeldJobs } from "./held-jobs.ts";

/** An attempt whose end is written to Redis, with the job as written. A job that was moved to run later has not ended. */
export interface JobEnd {
  readonly lane: Lane;
  readonly job: BullJob;
  readonly outcome: { readonly result: unknown } | { readonly failure: Error };
}

export interface JobEndsParts {
  readonly bull: Bull;
  readonly application: Application;
  readonly held: HeldJobs;
  readonly log: Logger;
  /** Makes another worker call the hook. */
  passOn(report: EndReport): void;
}

/**
 * Receives the ends of all jobs after they were written, whichever process wrote them, and makes the application hear of them:
 * through its hooks, and through the Worker's event. The hooks run while the next job runs: they delay neither an end nor the
 * release of a lock.
 */
export class JobEnds {
  readonly #parts: JobEndsParts;
  /** The running hooks, each with the name of its job. */
  readonly #running = new Map<Promise<void>, string>();
  #isTornDown = false;

  constructor(parts: JobEndsParts) {
    this.#parts = parts;
  }

  /** Called when this process has written an end. */
  written(end: JobEnd): void {
    const { held, log, application } = this.#parts;
    const { lane, job, outcome } = end;
    const fields = { queue: lane.queue, job: job.id, name: job.name };
    const startedAt = job.token === undefined ? undefined : held.get(job.token)?.startedAt;
    if ("result" in outcome) {
      held.count("finished");
      held.times.ended(lane.queue, job, "completed", startedAt);
      if (application.config.verbose) log.info(fields, "completed job");
    } else {
      // BullMQ leaves a result here that it could not write.
      job.returnvalue = undefined;
      held.count("failed");
      held.times.ended(lane.queue, job, job.finishedOn === undefined ? "retried" : "failed", startedAt);
      if (application.config.verbose) log.warn({ ...fields, reason: outcome.failure.message }, "failed job");
    }
    if (!this.#hears(end)) return;
    if (this.#isTornDown) this.#parts.passOn(reportOf(end));
    else this.#tell(end);
  }

  /** Called when another process has written an end. `heard` is called right before the hook: no process calls it again. */
  async writtenElsewhere(lane: Lane, report: EndReport, heard: () => void): Promise<void> {
    const { bull, log } = this.#parts;
    const { queue, id, failure, attemptsMade, finishedOn } = report;
    if (isShortId(id)) {
      log.error({ queue, job: id }, "skipped the hook of an ended job: its id is too long");
      return heard();
    }
    let job: BullJob | undefined;
    try {
      job = await lane.find(id, "toTell");
    } catch (cause) {
      log.error(
        { queue, job: id, err: withoutArguments(cause) },
        "skipped the hook of an ended job: could not read the job",
      );
      return heard();
    }
    if (this.#isTornDown) return;
    heard();
    if (job === undefined) return log.warn({ queue, job: id }, "skipped the hook of an ended job: it was removed");
    // The next attempt may already have started or ended.
    Object.assign(job, { attemptsMade, finishedOn, ...(failure && { failedReason: failure.message }) });
    const outcome =
      failure === undefined
        ? { result: job.returnvalue }
        : { failure: errorNamed(bull.api, failure.name, failure.message) };
    const end = { lane, job, outcome };
    if (this.#hears(end)) this.#tell(end);
  }

  /** Resolves when no hook and no listener runs. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.keys());
    await this.#parts.application.listeners.settled();
  }

  /** From now on this process does not call the application: another worker calls the hooks of jobs that still end. */
  tearDown(): void {
    this.#isTornDown = true;
    const { listeners } = this.#parts.application;
    listeners.close();
    const jobs = [...this.#running.values(), ...listeners.running];
    if (jobs.length > 0) this.#parts.log.warn({ jobs }, "abandoned running hooks");
  }

  #hears({ lane, outcome }: JobEnd): boolean {
    const { has } = this.#parts.application.hooks;
    return "result" in outcome ? has.afterPerform || lane.hears("completed") : has.onFailure || lane.hears("failed");
  }

  #tell(end: JobEnd): void {
    const { lane, job, outcome } = end;
    const { has } = this.#parts.application.hooks;
    if ("result" in outcome ? has.afterPerform : has.onFailure) this.#callHook(end);
    if ("result" in outcome) lane.emit("completed", job, outcome.result, "active");
    else lane.emit("failed", job, outcome.failure, "active");
  }

  /** Never rejects: what a hook throws is caught and logged. */
  #callHook({ lane, job, outcome }: JobEnd): void {
    const { hooks } = this.#parts.application;
    const call = "result" in outcome ? hooks.afterPerform(job, outcome.result) : hooks.onFailure(job, outcome.failure);
    const running = call.then(() => void this.#running.delete(running));
    this.#running.set(running, jobText({ queue: lane.queue, id: job.id ?? "?" }));
  }
}

function reportOf({ lane, job, outcome }: JobEnd): EndReport {
  const { id = "", attemptsMade, finishedOn } = job;
  const failure = "failure" in outcome ? textsOf(outcome.failure) : undefined;
  return { queue: lane.queue, id, failure, attemptsMade, finishedOn };
}

/** The name and the message of a thrown value can be of any type. */
function textsOf({ name, message }: { readonly name: unknown; readonly message: unknown }) {
  return { name: String(name), message: String(message) };
}
