import type { BoardJob, SeatRecord } from "../board/seat-reader.ts";
import type { TimeLimit } from "../config/time-limits.ts";
import type { WorkerSpec } from "../config/workload.ts";
import type { ExitName } from "../exit/exit-codes.ts";
import type { User } from "../protocol/birth.ts";
import type { JobList } from "../protocol/drain.ts";
import type { HeldJobName, JobEnding, JobName, RedisPlace, StaleQueue, WorkerMode } from "../protocol/messages.ts";
import type { UnwrittenEnd } from "../protocol/unwritten-end.ts";
import type { StopOrder } from "./job-stops.ts";
import type { PendingEnd } from "./pending-ends.ts";

/** booting: no template has loaded yet. draining and stopping end with init's own end; there is no way back. */
export type Phase = "booting" | "running" | "draining" | "stopping";

/** What a loaded template said: from this on it is known what to run, and how to start it. */
export interface Generation {
  readonly number: number;
  readonly specs: readonly WorkerSpec[];
  readonly engine: "fork" | "spawn";
  readonly engineReason: string | undefined;
  readonly timeLimits: readonly TimeLimit[];
  /** Whether its workers have hooks for the ends of jobs. */
  readonly hearsEnds: boolean;
  /** Whom its template and its workers run as. */
  readonly user: User;
  /** Where its workers' jobs are, for the keeper; undefined: only its workers can say. */
  readonly redis: RedisPlace | undefined;
}

/** The generation that a reload is about to bring. It replaces the current one when its first worker has started. */
export interface Candidate {
  readonly number: number;
  loaded: Generation | undefined;
  /** Why its workers are spawned without another trial: its template did not survive the first. */
  spawnReason: string | undefined;
  /** How many of its first workers failed to start. */
  failures: number;
}

export type TemplateState = "loading" | "ready" | "retiring" | "killed";

export interface Template {
  readonly id: number;
  readonly generation: number;
  state: TemplateState;
  pid: number | undefined;
  /** When it had loaded. */
  readyAt: number | undefined;
  /** When SIGKILL was sent first. */
  killedAt: number | undefined;
  /** When its state has lasted too long. */
  deadline: number;
  /** Between loading and ready: it is tried whether it can be forked. */
  isTrying: boolean;
  /** Given: it is not tried whether it can be forked, and its workers are spawned. */
  readonly spawnReason: string | undefined;
  /** Why what it forks does not come back. */
  broken: string | undefined;
  /** What it said before it ended. */
  failure: TemplateFailure | undefined;
}

export interface TemplateFailure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly exit: ExitName;
}

/**
 * asked: ordered, and nothing heard of it, though its pid may be known. starting: alive, hooks running. standby: could take, waits for its predecessor's
 * end. taking: told to take (suspended or not). draining and stopping: told so. killed: sent SIGKILL, not yet reaped.
 */
export type WorkerState = "asked" | "starting" | "standby" | "taking" | "draining" | "stopping" | "killed";

export interface Worker {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly spec: WorkerSpec;
  /** The user that it has to run as. */
  readonly uid: number;
  /** Who was asked to fork it; undefined: it is spawned. */
  readonly template: number | undefined;
  readonly askedAt: number;
  /** On the board; undefined: none was free, or there is no board. */
  readonly seat: number | undefined;
  state: WorkerState;
  pid: number | undefined;
  /** What the tokens of its locks begin with; undefined until it was born. */
  owner: string | undefined;
  startedAt: number | undefined;
  /** When SIGKILL was sent first. */
  killedAt: number | undefined;
  deadline: number;
  toldSuspended: boolean;
  pulse: Pulse | undefined;
  /** What its seat showed when init last looked. */
  seen: SeatRecord | undefined;
  farewell: Farewell | undefined;
  startFailure: string | undefined;
  readonly timeLimits: readonly TimeLimit[];
  stops: readonly StopOrder[];
  /** By SIGSTOP: the kernel says so. */
  isStopped: boolean;
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
  /** See UpkeepParts. */
  readonly stalledAfterMs: number;
  /** What becomes of the jobs for which it was killed. */
  readonly endings: JobEnding[];
}

/** The last that a worker said of itself, where its seat does not show it. */
export interface Pulse {
  readonly mode: WorkerMode;
  readonly connected: boolean;
  readonly connectionError?: string | undefined;
  readonly queues: readonly string[];
  readonly holding: readonly BoardJob[];
  readonly finished: number;
  readonly failed: number;
}

export interface Farewell {
  readonly finished: number;
  readonly failed: number;
  readonly handedBack: readonly JobName[];
  readonly lost: readonly HeldJobName[];
  readonly unwritten: readonly UnwrittenEnd[];
  readonly mayHoldMore: boolean;
  readonly recycle: boolean;
}

export interface Slot {
  suspended: boolean;
  /** Crashes in a row, for the back-off. A worker that brought jobs to their end begins the count again. */
  failures: number;
  /** Those of them in which the worker had not taken any job: its start is what fails. */
  startFailures: number;
  /** How many of its workers in a row ended in order, unasked, and before they were of any use. */
  earlyEnds: number;
  /** How many of its workers in a row were replaced because they did not take jobs, and when the next may be. */
  replacements: number;
  replaceNotBefore: number;
  /** No new worker in this slot before then. */
  notBefore: number;
  finished: number;
  failed: number;
  restarts: number;
  /** How its last worker ended that nobody had asked to. */
  lastDeath: string | undefined;
  oomKills: number;
}

/** starting: not heard of yet. ready: takes orders. killed: sent SIGKILL, not yet reaped. */
export type KeeperState = "starting" | "ready" | "killed";

export interface Keeper {
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

/** Jobs that wait for their turn: how many, some of their names, and their queues. */
export interface KeptBack extends JobList {
  readonly queues: readonly string[];
}

/** The jobs of a worker that ended without bringing them to their end: the keeper's to hand back. */
export interface JobReturn {
  /** The worker's id: it is no more, and its id is not used again. */
  readonly worker: number;
  readonly slot: number;
  readonly owner: string;
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

/** What is left to tell when all is over. */
export interface Account {
  finished: number;
  failed: number;
  handedBack: JobList;
  lost: JobList;
}

/** All that init knows and wants. Changed by events and actions only; reconcile reads it. */
export interface World {
  phase: Phase;
  /** The exit code's name once everything is gone; undefined: decided by the account. */
  exit: ExitName | undefined;
  drainDeadline: number;
  /** How many subcommands wait to be told that the drain is over. */
  waiters: number;
  /** Set when they were told: init's end comes a moment after theirs. */
  exitAt: number | undefined;
  current: Generation | undefined;
  candidate: Candidate | undefined;
  /** A HUP that came while a reload was going on. */
  reloadWanted: boolean;
  nextGeneration: number;
  nextId: number;
  /** TTIN and TTOU: copies of the last spec more, or fewer. */
  extraWorkers: number;
  suspended: boolean;
  /** Whether any worker ever got as far as `started`. */
  hasStarted: boolean;
  /** Every slot of an adopted generation once had a worker that had started: never false again. */
  isUp: boolean;
  /** When init ran again after it had been frozen itself, with all that it looks at. */
  thawedAt: number;
  /** Since when; Infinity: it is not. */
  upAt: number;
  /** No new template of the current generation before then, and how often one failed in a row. */
  templateNotBefore: number;
  templateFailures: number;
  /** How many in a row were asked to fork, and no worker came to life. */
  brokenTemplates: number;
  readonly slots: Slot[];
  readonly templates: Template[];
  readonly workers: Worker[];
  keeper: Keeper | undefined;
  /** Jobs of a forker that was here before wait with the keeper, whichever, for their turn: init waits for them, but not longer. */
  keptBack: KeptBack;
  keptBackUntil: number;
  keeperNotBefore: number;
  keeperFailures: number;
  readonly returns: JobReturn[];
  /** In the order in which they were written. */
  pendingEnds: readonly PendingEnd[];
  /** What the keeper told last of queues from which nobody takes, and when. */
  staleQueues: { readonly queues: readonly StaleQueue[]; readonly toldAt: number };
  readonly account: Account;
  /** Workers, templates and keepers that the kernel's OOM killer ended. */
  oomKills: number;
}

/** The specs of the slots that there should be now: the workload's, with TTIN's and TTOU's changes; never none. */
export function wantedSpecs(world: World): readonly WorkerSpec[] {
  const specs = world.current?.specs ?? [];
  const last = specs.at(-1);
  if (last === undefined) return [];
  const wanted = Math.max(1, specs.length + world.extraWorkers);
  return Array.from({ length: wanted }, (_, slot) => specs[slot] ?? last);
}

export function isUserOfWorkers({ current, candidate }: World, uid: number): boolean {
  return uid === current?.user.uid || uid === candidate?.loaded?.user.uid;
}

export function slotOf(world: World, index: number): Slot {
  while (world.slots.length <= index) {
    world.slots.push({
      suspended: world.suspended,
      failures: 0,
      startFailures: 0,
      earlyEnds: 0,
      replacements: 0,
      replaceNotBefore: -Infinity,
      notBefore: 0,
      finished: 0,
      failed: 0,
      restarts: 0,
      lastDeath: undefined,
      oomKills: 0,
    });
  }
  return world.slots[index] as Slot;
}
