import type { BoardJob, BoardRow } from "../../board/row-reader.ts";
import type { TimeLimit } from "../../config/time-limits.ts";
import type { HeldJobName, JobEnding } from "../../protocol/dead-worker.ts";
import type { JobName, WorkerMode } from "../../protocol/messages.ts";
import type { QueueOptions } from "../../protocol/queue-options.ts";
import type { UnwrittenEnd } from "../../protocol/unwritten-end.ts";
import type { WorkerStartOptions } from "../../protocol/worker-start-options.ts";
import type { RunnersWanted } from "./runner.ts";

/**
 * asked: ordered, but not connected yet; its pid may be known. starting: connected, hooks run. standby: ready, waits for its
 * predecessor's end. spare: ready, and in no slot yet. taking: ordered to take jobs (even if suspended). draining, stopping: ordered to do so. killed: SIGKILL
 * was sent, not yet reaped.
 */
export type WorkerState = "asked" | "starting" | "standby" | "spare" | "taking" | "draining" | "stopping" | "killed";

export interface Worker extends WorkerStartOptions {
  readonly id: number;
  /** Of a spare: the number after the last slot, until it takes over one. */
  slot: number;
  /** It is in no slot, and takes over the first one that loses its worker. */
  isSpare: boolean;
  readonly generation: number;
  /** The user that it must run as. */
  readonly uid: number;
  /** The template that was ordered to fork it. undefined: the worker is spawned. */
  readonly template: number | undefined;
  readonly askedAt: number;
  state: WorkerState;
  pid: number | undefined;
  /** The prefix of its locks' tokens. undefined until it is launched. */
  lockOwner: string | undefined;
  startedAt: number | undefined;
  /** When init first sent SIGKILL. */
  killedAt: number | undefined;
  /** Why the latest SIGKILL could not be sent. */
  killFailure: string | undefined;
  deadline: number;
  /** Although init has decided to kill it: SIGKILL could not be sent. */
  isToldToStop: boolean;
  toldSuspended: boolean;
  /** How many orders to suspend or resume init has sent to it. The welcome is the first. */
  suspensionOrders: number;
  statusUpdate: StatusUpdate | undefined;
  /** Its row when init last read the board. */
  seen: BoardRow | undefined;
  exitReport: ExitReport | undefined;
  /** Its channel has closed, or an order was not sent: init no longer reaches it. */
  isCutOff: boolean;
  startFailure: string | undefined;
  /** Why it exits unexpectedly, as it has reported. */
  crash: string | undefined;
  /** Whether the application goes on with what it began before the fork, and may still be refused. */
  goesOn: boolean;
  readonly timeLimits: readonly TimeLimit[];
  queueOptions: readonly QueueOptions[];
  stops: readonly StopOrder[];
  /** Whether SIGSTOP has stopped it, as reported by the kernel. */
  isStoppedBySignal: boolean;
  /** Since when, as far as init knows: its event loop may have been blocked before. */
  stoppedSince: number;
  /** When init noticed that it runs again after a SIGSTOP. */
  thawedAt: number;
  /** When init noticed that its event loop turns again after it was blocked, for instance by a job. */
  turnsSince: number;
  /** When init received its report that it is connected to Redis, after it was not. */
  connectedSince: number;
  /** It will be replaced: it drains when its successor is ready, and ends when its jobs have ended. */
  isRetiring: boolean;
  /** Why init replaces it, if it is stuck. */
  replacedFor: string | undefined;
  /** Since when it has been in its mode, by the board reads. */
  modeSince: number;
  /** It began to drain without an order of init: by a signal to its pid. An order that follows does not change its time limit. */
  drainsByItself: boolean;
  /** Since when it has held no job, by the board reads. */
  jobFreeSince: number;
  /** Since when it has held no job and given the same reason for taking none, by the board reads. */
  idleSince: number;
  /** undefined: it has no isolated jobs. */
  runnersWanted: RunnersWanted | undefined;
  /** One of its runners has been ready for a job. */
  hasHadRunner: boolean;
  /** How many of its runners in a row ended before they were primed, and when the next ones may start. */
  runnerFailures: number;
  runnersNotBefore: number;
  /** Why the latest of them ended. undefined: the latest one was primed. */
  runnerFault: string | undefined;
  /** The outcomes of the jobs that it was killed for. */
  readonly endings: JobEnding[];
}

/** A worker's latest report on itself, as far as its row does not show it. */
export interface StatusUpdate {
  readonly mode: WorkerMode;
  readonly suspended: boolean;
  /** How many of init's orders to suspend or resume it has handled. */
  readonly suspensionOrders: number;
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

/** Jobs that a worker was ordered to stop, until it no longer holds any of them. */
export interface StopOrder {
  readonly jobs: readonly BoardJob[];
  readonly orderedAt: number;
  readonly outcome: JobEnding["outcome"];
  readonly message: string;
}
