import type { Logger } from "pino";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import type { HeldLocks, JobFate, TakenJob } from "../../bull/keys/held-locks.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import { JobLockLostError } from "../../bull/worker/abort-reasons.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { ThrottledWarnings } from "../../log/throttled-warnings.ts";
import type { HeldJob, HeldJobs } from "./held-jobs.ts";

export interface ExpiredLocksParts {
  readonly held: HeldJobs;
  readonly locks: HeldLocks;
  readonly lockDurationMs: number;
  readonly log: Logger;
}

/** A job as this process took it. */
export interface TakenHere {
  readonly lane: Lane;
  readonly job: BullJob;
  readonly token: string;
}

/**
 * While Redis is away no lock is renewed, and one that expired meanwhile is gone: BullMQ refuses the end of its job then, and
 * the stalled check has the job run again. As long as nobody else has taken the job, it is still ours.
 */
export class ExpiredLocks {
  readonly #parts: ExpiredLocksParts;
  readonly #warnings: ThrottledWarnings;

  constructor(parts: ExpiredLocksParts) {
    this.#parts = parts;
    this.#warnings = new ThrottledWarnings(parts.log);
  }

  /**
   * Of all jobs that are being worked on: Redis may also have hung, which no connection tells. Those at their end are left to
   * their movers. A job that another worker has taken has its signal aborted.
   */
  async reacquireAll(): Promise<void> {
    const working = this.#parts.held.all.filter((one) => !one.isFinishing);
    for (const [lane, here] of Map.groupBy(working, (one) => one.lane)) {
      try {
        const fates = await this.#lookAfter(lane, here);
        for (const [at, held] of here.entries()) this.#act(held, fates[at] ?? "moved");
      } catch (cause) {
        const fields = { queue: lane.queue, err: withoutArguments(cause) };
        this.#warnings.warn(fields, "could not look after the locks of a queue");
      }
    }
  }

  /** Its processor may have moved it by itself, or may have ended since. */
  #act(held: HeldJob, fate: JobFate): void {
    const why = losses[fate];
    if (why === undefined || held.isFinishing || held.ending !== undefined) return;
    const { lane, job } = held;
    this.#parts.log.warn({ queue: lane.queue, job: job.id, fate }, `aborted a job: ${why}`);
    this.#parts.held.drop(held, new JobLockLostError(why));
    // BullMQ knows it by its id, and would renew in vain. We may be the other worker ourselves.
    const isHereAgain = this.#parts.held.all.some((one) => one !== held && one.lane === lane && one.job.id === job.id);
    if (!isHereAgain && job.id !== undefined) lane.untrack(job.id);
  }

  /**
   * What has become of this job. If it is ours, its lock lasts from now on. An end that was refused half-way may have left the
   * job in no list of its queue: BullMQ's own account decides, and such a job is active again, and ours.
   */
  async fateOf(one: TakenHere): Promise<JobFate> {
    const [fate = "moved"] = await this.#lookAfter(one.lane, [one]);
    if ((fate !== "moved" && fate !== "retried") || (await one.job.getState()) !== "unknown") return fate;
    return (await this.#parts.locks.readmit(one.lane.keys, this.#parts.lockDurationMs, takenJob(one))) ? "ours" : fate;
  }

  async #lookAfter(lane: Lane, jobs: readonly TakenHere[]): Promise<JobFate[]> {
    return await this.#parts.locks.lookAfter(lane.keys, this.#parts.lockDurationMs, jobs.map(takenJob));
  }
}

const losses: Readonly<Partial<Record<JobFate, string>>> = {
  taken: "its lock was lost, and another worker has taken it",
  gone: "its lock was lost, and it was removed",
};

function takenJob({ job, token }: TakenHere): TakenJob {
  return { id: job.id ?? "", token, starts: job.attemptsStarted, ends: job.attemptsMade };
}
