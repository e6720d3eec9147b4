import type { JobList } from "../../protocol/drain-report.ts";
import type { User } from "../../protocol/launch-config.ts";
import type { HeldJobName, JobEnding, RedisPlace } from "../../protocol/messages.ts";
import type { UnwrittenEnd } from "../../protocol/unwritten-end.ts";

/** starting: not heard of yet. ready: takes orders. killed: sent SIGKILL, not yet reaped. */
export type KeeperState = "starting" | "ready" | "killed";

export interface KeeperProcess {
  readonly id: number;
  readonly redis: RedisPlace;
  /** Of the workers for which it works. */
  readonly user: User;
  state: KeeperState;
  pid: number | undefined;
  /** When it was first heard of. */
  readyAt: number | undefined;
  /** It was sound when it was ended: the jobs are in another Redis. */
  hasMoved: boolean;
  /** When SIGKILL was sent first. */
  killedAt: number | undefined;
  /** Of its state; once it is ready, it has to be heard of again before then. */
  deadline: number;
  isToldToLeave: boolean;
}

/** Jobs that are quarantined: how many, some of their names, and their queues. */
export interface QuarantinedJobs extends JobList {
  readonly queues: readonly string[];
}

/** The jobs of a worker that ended without bringing them to their end: the keeper's to hand back. */
export interface HandBackOrder {
  /** The worker's id: it is no more, and its id is not used again. */
  readonly worker: number;
  readonly slot: number;
  readonly lockOwner: string;
  readonly queues: readonly string[];
  /** What it held as far as it had told. */
  readonly holding: readonly HeldJobName[];
  readonly reason: string;
  readonly endings: readonly (JobEnding | UnwrittenEnd)[];
  /** Whether it counts against the jobs: not when we ended the worker ourselves. */
  readonly counts: boolean;
  /** When its locks are over, and BullMQ's stalled check finds them. */
  deadline: number;
  isOrdered: boolean;
}
