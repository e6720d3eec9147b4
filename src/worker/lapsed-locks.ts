import type { Logger } from "pino";
import { withoutArguments } from "../bull/describe-error.ts";
import type { HeldLocks } from "../bull/held-locks.ts";
import type { Lane } from "../bull/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { HeldJob, HeldJobs } from "./held-jobs.ts";

export interface LapsedLocksParts {
  readonly held: HeldJobs;
  readonly locks: HeldLocks;
  /** As BullMQ writes it to each job that this worker takes. */
  readonly workerName: string;
  readonly lockDurationMs: number;
  readonly log: Logger;
}

/**
 * While Redis is away no lock is renewed, and one that was over when it came back is gone: BullMQ refuses the end of its job
 * then, and the stalled check has it run again. As long as nobody else has taken the job, it is ours still.
 */
export class LapsedLocks {
  readonly #parts: LapsedLocksParts;
  #lostAtMs = -Infinity;

  constructor(parts: LapsedLocksParts) {
    this.#parts = parts;
  }

  connectionLost(): void {
    this.#lostAtMs = monotonicClock.now();
  }

  /**
   * Of all jobs that are being worked on. Those at their end are left out: should Redis refuse it just now, BullMQ's next
   * command says that they have failed by that, and may not find a lock.
   */
  async regainAll(lanes: readonly Lane[]): Promise<void> {
    const concerned = this.#parts.held.all.filter((held) => this.#mayHaveLapsed(held) && !held.isFinishing);
    for (const lane of lanes) {
      const here = concerned.filter((held) => held.lane === lane);
      if (here.length > 0) await this.#regain(lane, here);
    }
  }

  /** Before anything is done with a lock. undefined: it cannot have been over. Never rejects. */
  regained(held: HeldJob): Promise<void> | undefined {
    if (!this.#mayHaveLapsed(held)) return undefined;
    const { log } = this.#parts;
    return this.regain(held).then(
      () => undefined,
      (cause: unknown) => {
        log.warn(
          { queue: held.lane.queue, job: held.job.id, err: withoutArguments(cause) },
          "could not look after a lock",
        );
      },
    );
  }

  /** Whether the job is ours, from now on or still. */
  async regain(held: HeldJob): Promise<boolean> {
    return (await this.#regain(held.lane, [held])).length > 0;
  }

  #mayHaveLapsed({ takenAt }: HeldJob): boolean {
    return takenAt <= this.#lostAtMs;
  }

  async #regain(lane: Lane, jobs: readonly HeldJob[]): Promise<string[]> {
    const { locks, workerName, lockDurationMs } = this.#parts;
    const pairs = jobs.map(({ job, token }) => ({ id: job.id ?? "", token }));
    return await locks.regain(lane.keys, workerName, lockDurationMs, pairs);
  }
}
