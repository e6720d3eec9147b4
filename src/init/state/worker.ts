import type { BoardJob, BoardRow } from "../../board/row-reader.ts";
import type { TimeLimit } from "../../config/time-limits.ts";
import type { HeldJobName, JobEnding, JobName, WorkerMode } from "../../protocol/messages.ts";
import type { UnwrittenEnd } from "../../protocol/unwritten-end.ts";
import type { WorkerStartOptions } from "../../protocol/worker-start-options.ts";

/**
 * asked: ordered, and nothing heard of it, though its pid may be known. starting: alive, hooks running. standby: could take, waits for its predecessor's
 * end. taking: told to take (suspended or not). draining and stopping: told so. killed: sent SIGKILL, not yet reaped.
 */
export type WorkerState = "asked" | "starting" | "standby" | "taking" | "draining" | "stopping" | "killed";

export interface Worker extends WorkerStartOptions {
  readonly id: number;
  readonly generation: number;
  /** The user that it has to run as. */
  readonly uid: number;
  /** Who was asked to fork it; undefined: it is spawned. */
  readonly template: number | undefined;
  readonly askedAt: number;
  state: WorkerState;
  pid: number | undefined;
  /** What the tokens of its locks begin with; undefined until it was launched. */
  lockOwner: string | undefined;
  startedAt: number | undefined;
  /** When SIGKILL was sent first. */
  killedAt: number | undefined;
  deadline: number;
  toldSuspended: boolean;
  statusUpdate: StatusUpdate | undefined;
  /** What its row showed when init last looked. */
  seen: BoardRow | undefined;
  exitReport: ExitReport | undefined;
  startFailure: string | undefined;
  readonly timeLimits: readonly TimeLimit[];
  stops: readonly StopOrder[];
  /** By SIGSTOP: the kernel says so. */
  isStoppedBySignal: boolean;
  /** When it was found to run again after that. */
  thawedAt: number;
  /** When its event loop was found to turn again, after a job, say, had blocked it. */
  turnsSince: number;
  /** Its successor is on the way; it drains when that is ready, and ends when its jobs do. */
  isRetiring: boolean;
  /** Why it is replaced: it does not do what it is for. */
  replacedFor: string | undefined;
  /** Since when it has held no job and shown the same reason for taking none, as far as init has looked. */
  idleSince: number;
  /** What becomes of the jobs for which it was killed. */
  readonly endings: JobEnding[];
}

/** The last that a worker said of itself, where its row does not show it. */
export interface StatusUpdate {
  readonly mode: WorkerMode;
  readonly connected: boolean;
  readonly connectionError?: string | undefined;
  readonly queues: readonly string[];
  readonly holding: readonly BoardJob[];
  readonly finished: number;
  readonly failed: number;
}

export interface ExitReport {
  readonly finished: number;
  readonly failed: number;
  readonly handedBack: readonly JobName[];
  readonly lost: readonly HeldJobName[];
  readonly unwritten: readonly UnwrittenEnd[];
  readonly mayHoldUndelivered: boolean;
}

/** Jobs that a worker was told to stop, until none of them is held any more. */
export interface StopOrder {
  readonly jobs: readonly BoardJob[];
  readonly orderedAt: number;
  readonly outcome: JobEnding["outcome"];
  readonly message: string;
}
