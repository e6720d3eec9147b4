import type { Logger } from "pino";
import type { Application } from "../../app/application.ts";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import { errorNamed } from "../../bull/worker/abort-reasons.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { isShortId } from "../../protocol/fit.ts";
import type { EndReport } from "../../protocol/messages.ts";
import { jobText } from "../../text/printable.ts";
import type { HeldJobs } from "./held-jobs.ts";

/** An attempt that has ended in Redis: the job is as it was written. A job that goes on elsewhere has not ended. */
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
  /** Has another worker call the hook. */
  passOn(report: EndReport): void;
}

/**
 * The one place through which the ends of all jobs pass, after they were written, whichever process wrote them. The
 * application's hooks run beside the next job: they hold back neither an end nor a lock.
 */
export class JobEnds {
  readonly #parts: JobEndsParts;
  /** The hooks that run, by the name of their job. */
  readonly #running = new Map<Promise<void>, string>();
  #isTornDown = false;

  constructor(parts: JobEndsParts) {
    this.#parts = parts;
  }

  /** This process has written it. */
  written(end: JobEnd): void {
    const { held, log, application } = this.#parts;
    const { lane, job, outcome } = end;
    const fields = { queue: lane.queue, job: job.id, name: job.name };
    if ("result" in outcome) {
      held.count("finished");
      if (application.config.verbose) log.info(fields, "job completed");
    } else {
      // BullMQ leaves here what it could not write.
      job.returnvalue = undefined;
      held.count("failed");
      if (application.config.verbose) log.warn({ ...fields, reason: outcome.failure.message }, "job failed");
    }
    if (!this.#hears(end)) return;
    if (this.#isTornDown) this.#parts.passOn(reportOf(end));
    else this.#callHook(end);
  }

  /** Another process has written it. `heard` is called right before the hook is: from then on it is not called again. */
  async writtenElsewhere(lane: Lane, report: EndReport, heard: () => void): Promise<void> {
    const { bull, log } = this.#parts;
    const { queue, id, failure, attemptsMade, finishedOn } = report;
    if (isShortId(id)) {
      log.error({ queue, job: id }, "called no hook for the end of a job: its id is too long");
      return heard();
    }
    let job: BullJob | undefined;
    try {
      job = await lane.find(id, "toTell");
    } catch (cause) {
      log.error(
        { queue, job: id, err: withoutArguments(cause) },
        "called no hook for the end of a job: cannot read it",
      );
      return heard();
    }
    if (this.#isTornDown) return;
    heard();
    if (job === undefined) return log.warn({ queue, job: id }, "called no hook for the end of a job: it was removed");
    // Its next attempt may have begun, or ended, by now.
    Object.assign(job, { attemptsMade, finishedOn, ...(failure && { failedReason: failure.message }) });
    const outcome =
      failure === undefined
        ? { result: job.returnvalue }
        : { failure: errorNamed(bull.api, failure.name, failure.message) };
    const end = { lane, job, outcome };
    if (this.#hears(end)) this.#callHook(end);
  }

  /** Resolves when no hook runs. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.keys());
  }

  /** From now on the application is not to be called: what ends all the same is another worker's to tell. */
  tearDown(): void {
    this.#isTornDown = true;
    if (this.#running.size === 0) return;
    const jobs = [...this.#running.values()].join(" ");
    this.#parts.log.warn(`the worker ends before the hooks of ${jobs} have ended`);
  }

  #hears({ outcome }: JobEnd): boolean {
    const { has } = this.#parts.application.hooks;
    return "result" in outcome ? has.afterPerform : has.onFailure;
  }

  /** Never rejects: hooks are fenced. */
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

/** What was thrown may have anything for a name and a message. */
function textsOf({ name, message }: { readonly name: unknown; readonly message: unknown }) {
  return { name: String(name), message: String(message) };
}
