import type { DeadWorker } from "../../protocol/dead-worker.ts";
import type { JobList } from "../../protocol/drain-report.ts";
import type { User } from "../../protocol/launch-config.ts";
import type { QueueOptions } from "../../protocol/queue-options.ts";
import type { RedisPlace } from "../../protocol/redis-place.ts";

/** starting: not connected yet. ready: accepts orders. killed: SIGKILL was sent, not yet reaped. */
export type KeeperState = "starting" | "ready" | "killed";

export interface KeeperProcess {
  readonly id: number;
  readonly redis: RedisPlace;
  /** The Worker options of the queues when it was started. */
  readonly queueOptions: readonly QueueOptions[];
  /** The user of the workers that it serves. */
  readonly user: User;
  readonly askedAt: number;
  state: KeeperState;
  pid: number | undefined;
  /** When it connected. */
  readyAt: number | undefined;
  /** init killed it although it was healthy, because the application now uses another Redis or another BullMQ. */
  hasMoved: boolean;
  /** When init first sent SIGKILL. */
  killedAt: number | undefined;
  /** Why the latest SIGKILL could not be sent. */
  killFailure: string | undefined;
  /** When its current state has lasted too long. A ready keeper must report before then. */
  deadline: number;
  isToldToLeave: boolean;
  /** Until when init waits for it to withdraw this forker from the fleet. undefined: init has not asked it to. */
  withdrawDeadline: number | undefined;
  hasWithdrawn: boolean;
}

/** Whether a keeper that init kills did not start in time. */
export function isSlow({ state, deadline }: KeeperProcess, now: number): boolean {
  return state === "starting" && deadline <= now;
}

/** Quarantined jobs: their number, some of their names, and their queues. */
export interface QuarantinedJobs extends JobList {
  readonly queues: readonly string[];
}

/** The jobs of one dead worker, which the keeper must hand back. */
export interface HandBackOrder extends DeadWorker {
  /** When its locks have expired, and BullMQ's stalled check finds the jobs. */
  deadline: number;
  isOrdered: boolean;
  /** The worker was in no slot. */
  readonly isSpare: boolean;
  /** The worker may have held jobs that init does not know: it had no row on the board, or said so in its last report. */
  mayHoldMore: boolean;
}
