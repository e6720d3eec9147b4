import type { Logger } from "pino";
import { withoutArguments } from "../bull/describe-error.ts";
import type { HeldLocks } from "../bull/held-locks.ts";
import type { Lane } from "../bull/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { SparseWarnings } from "../log/sparse-warnings.ts";
import { jobText } from "../text/printable.ts";
import { type HeldJob, type HeldJobs, nameOf } from "./held-jobs.ts";

export interface LapsedLocksParts {
  readonly held: HeldJobs;
  readonly locks: HeldLocks;
  readonly lockDurationMs: number;
  readonly log: Logger;
}

/**
 * While Redis is away no lock is renewed, and one that was over when it came back is gone: BullMQ refuses the end of its job
 * then, and the stalled check has it run again. As long as nobody else has taken the job, it is ours still.
 */
export class LapsedLocks {
  readonly #parts: LapsedLocksParts;
  readonly #warnings: SparseWarnings;
  #lostAtMs = -Infinity;

  constructor(parts: LapsedLocksParts) {
    this.#parts = parts;
    this.#warnings = new SparseWarnings(parts.log);
  }

  /** Redis is away, or was until now. */
  connectionLost(): void {
    this.#lostAtMs = monotonicClock.now();
  }

  /**
   * Of all jobs that are being worked on: Redis may also have hung, which no connection tells. Those at their end are left out:
   * should Redis refuse it just now, BullMQ's next command says that they have failed by that, and may not find a lock.
   */
  async regainAll(lanes: readonly Lane[]): Promise<void> {
    const { held } = this.#parts;
    for (const lane of lanes) {
      const here = held.all.filter((one) => one.lane === lane && !one.isFinishing);
      if (here.length === 0) continue;
      await this.#regain(lane, here).catch((cause: unknown) => {
        const fields = { queue: lane.queue, err: withoutArguments(cause) };
        this.#warnings.warn(fields, "could not look after the locks of a queue");
      });
    }
  }

  /** Before anything is done with a lock. Whether the job is ours; undefined: its lock cannot have been over. Never rejects. */
  regainIfLapsed(held: HeldJob): Promise<boolean> | undefined {
    if (held.takenAt > this.#lostAtMs) return undefined;
    return this.regain(held).catch((cause: unknown) => {
      const { lane, job } = held;
      this.#parts.log.warn(
        { queue: lane.queue, job: job.id, err: withoutArguments(cause) },
        `could not look after the lock of ${jobText(nameOf({ lane, job }))}`,
      );
      return true;
    });
  }

  /** Whether the job is ours, from now on or still. */
  async regain(held: HeldJob): Promise<boolean> {
    return (await this.#regain(held.lane, [held])).length > 0;
  }

  /**
   * The same after Redis refused the job's end, which may have taken effect in part. BullMQ's own account of where the job is
   * decides: a job that is nowhere is still ours.
   */
  async regainAfterRefusal(held: HeldJob): Promise<boolean> {
    if (await this.regain(held)) return true;
    const { lane, job, token } = held;
    if ((await job.getState()) !== "unknown") return false;
    const taken = { id: job.id ?? "", token, starts: job.attemptsStarted, attempts: job.attemptsMade };
    return await this.#parts.locks.readmit(lane.keys, this.#parts.lockDurationMs, taken);
  }

  async #regain(lane: Lane, jobs: readonly HeldJob[]): Promise<string[]> {
    const taken = jobs.map(({ job, token }) => ({ id: job.id ?? "", token, starts: job.attemptsStarted }));
    return await this.#parts.locks.regain(lane.keys, this.#parts.lockDurationMs, taken);
  }
}
