import { errorOf } from "../../bull/worker/error-of.ts";
import { hasUnreadableParent, whyUnreadable } from "../../bull/worker/unreadable-jobs.ts";
import { type Unscheduled, unscheduledOf } from "../../bull/worker/unscheduled-jobs.ts";
import type { HeldJob } from "./held-job.ts";
import type { JobRunnerParts } from "./job-runner-parts.ts";

type JobWorkParts = Pick<
  JobRunnerParts,
  "application" | "bull" | "held" | "isolated" | "mover" | "processorOf" | "repairParent"
>;

/** What the application does for a job: the hook before it, and the processor, here or in a runner. */
export class JobWork {
  readonly #parts: JobWorkParts;

  constructor(parts: JobWorkParts) {
    this.#parts = parts;
  }

  /** Returns what the processor returns: for most jobs there is nothing else to wait for. */
  begin(held: HeldJob): unknown {
    const { job } = held;
    const unreadable = whyUnreadable(job);
    const unscheduled = unscheduledOf(job);
    if (unreadable !== undefined || unscheduled !== undefined || this.#parts.application.hooks.has.beforePerform)
      return this.#prepare(held, unreadable, unscheduled);
    return this.#process(held);
  }

  async #prepare(
    held: HeldJob,
    unreadable: string | undefined,
    unscheduled: Unscheduled | undefined,
  ): Promise<unknown> {
    const { application, bull } = this.#parts;
    const { hooks } = application;
    const { job, lane } = held;
    if (unreadable !== undefined && hasUnreadableParent(job)) await this.#parts.repairParent(lane, job);
    if (unreadable !== undefined) throw new bull.api.UnrecoverableError(unreadable);
    if (unscheduled !== undefined) await this.#schedule(held, unscheduled);
    // The runner of an isolated job calls the hook.
    const isHere = this.#parts.isolated?.(lane) === undefined;
    if (isHere && hooks.has.beforePerform) {
      this.#parts.held.starts(held);
      await hooks.beforePerform(job);
    }
    return await this.#process(held);
  }

  #process(held: HeldJob): unknown {
    const { job, lane, token } = held;
    // Stopped before it could start. Nothing would stop it in a runner, which gets only what aborts its signal later.
    if (held.ending !== undefined) throw held.ending.reason;
    const isolated = this.#parts.isolated?.(lane);
    if (isolated !== undefined) return isolated(held);
    const processor = this.#parts.processorOf(lane);
    if (processor === undefined) throw new Error(`no processor for queue ${lane.queue}`);
    this.#parts.held.starts(held);
    return processor(job, token, () => (held.controller ??= new AbortController()).signal);
  }

  /** Creates the next iteration. Without it, this job would be the scheduler's last. */
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
}
