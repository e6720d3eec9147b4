import type { Logger } from "pino";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import type { HeldJobFate, HeldLocks, JobFate, TakenJob } from "../../bull/keys/held-locks.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import { JobLockLostError } from "../../bull/worker/abort-reasons.ts";
import type { Move } from "../../bull/worker/job-moves.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { ThrottledWarnings } from "../../log/throttled-warnings.ts";
import type { HeldJob } from "./held-job.ts";
import type { HeldJobs } from "./held-jobs.ts";

export interface ExpiredLocksParts {
  readonly held: HeldJobs;
  readonly locks: HeldLocks;
  readonly log: Logger;
}

/** A job as this process took it. */
export interface TakenHere {
  readonly lane: Lane;
  readonly job: BullJob;
  readonly token: string;
}

/**
 * While Redis is unavailable, no lock is renewed, and locks expire. BullMQ then refuses the end of the job, and its stalled
 * check makes the job run again. Until another worker takes the job, this worker can take its lock again.
 */
export class ExpiredLocks {
  readonly #parts: ExpiredLocksParts;
  readonly #warnings: ThrottledWarnings;

  constructor(parts: ExpiredLocksParts) {
    this.#parts = parts;
    this.#warnings = new ThrottledWarnings(parts.log);
  }

  /**
   * Takes the expired locks of all running jobs again. Redis may have hung, which no connection reports. Jobs whose ends are
   * being written are left to their movers. If another worker has taken a job, or will, this aborts the job's signal.
   */
  async reacquireAll(): Promise<void> {
    const working = this.#parts.held.all.filter((one) => !one.isFinishing);
    for (const [lane, here] of Map.groupBy(working, (one) => one.lane)) {
      try {
        const fates = await this.#lookAfter(lane, here);
        for (const [at, held] of here.entries()) this.#act(held, fates[at] ?? "moved");
      } catch (cause) {
        const fields = { queue: lane.queue, err: withoutArguments(cause) };
        this.#warnings.warn(fields, "could not reacquire the locks of a queue");
      }
    }
  }

  /** The processor may have moved the job itself, or may have ended in the meantime. */
  #act(held: HeldJob, fate: HeldJobFate): void {
    const why = losses[fate];
    if (why === undefined || held.isFinishing || held.ending !== undefined) return;
    const { lane, job } = held;
    this.#parts.log.warn({ queue: lane.queue, job: job.id, fate }, "aborted job: its lock was lost");
    this.#parts.held.drop(held, new JobLockLostError(why));
    // BullMQ tracks jobs by id and would continue to renew the lock. The worker that took the job may be this one.
    const isHereAgain = this.#parts.held.all.some((one) => one !== held && one.lane === lane && one.job.id === job.id);
    if (!isHereAgain && job.id !== undefined) lane.untrack(job.id);
  }

  /** Returns the fate of a job whose move was refused: see HeldLocks.regain. */
  async fateOf(one: TakenHere, move: Move, isPartial: boolean): Promise<JobFate> {
    const { keys, lockDurationMs } = one.lane;
    return await this.#parts.locks.regain(keys, lockDurationMs, takenJob(one), move, isPartial);
  }

  async #lookAfter(lane: Lane, jobs: readonly TakenHere[]): Promise<HeldJobFate[]> {
    const running = jobs.map((one) => ({ ...takenJob(one), stalls: one.job.stalledCounter }));
    return await this.#parts.locks.lookAfter(lane.keys, lane.lockDurationMs, running);
  }
}

const losses: Readonly<Partial<Record<HeldJobFate, string>>> = {
  stalled: "its lock was lost, and it waits to run again",
  taken: "its lock was lost, and another worker has taken it",
  gone: "its lock was lost, and it was removed",
};

function takenJob({ job, token }: TakenHere): TakenJob {
  return { id: job.id ?? "", token, starts: job.attemptsStarted, ends: job.attemptsMade };
}
