import type { ExitName } from "../../exit/exit-codes.ts";
import type { JobList } from "../../protocol/drain-report.ts";
import type { HandBackCause } from "../../protocol/hand-back-cause.ts";
import type { Histogram } from "../../protocol/histogram.ts";
import type { StaleQueue } from "../../protocol/keeper-messages.ts";
import type { EndReport } from "../../protocol/messages.ts";
import type { RetryDelayAnswer, RetryDelayQuestion } from "../../protocol/retry-delay.ts";
import type { Demand } from "./demand.ts";
import type { FleetState } from "./fleet-state.ts";
import type { Candidate, Generation } from "./generation.ts";
import type { HandBackOrder, KeeperProcess, QuarantinedJobs } from "./keeper.ts";
import type { MeasuredQueue } from "./measured-queue.ts";
import type { Room } from "./room.ts";
import type { Runner } from "./runner.ts";
import { newSlot, type Slot } from "./slot.ts";
import type { Template } from "./template.ts";
import type { Worker } from "./worker.ts";

/** booting: no template has loaded yet. draining, stopping: until init exits; both are final. */
export type Phase = "booting" | "running" | "draining" | "stopping";

/** A job end whose hooks a worker has yet to call. */
export interface PendingEnd {
  readonly number: number;
  readonly report: EndReport;
  /** The worker that it was passed to and that has not answered yet. */
  readonly worker: number | undefined;
}

/** A question of the keeper that a worker has to answer. */
export interface PendingRetryDelay {
  /** init's own number: those of a keeper and of its successor may be the same. */
  readonly number: number;
  readonly question: RetryDelayQuestion;
  /** The worker that was asked and has not answered yet. */
  readonly worker: number | undefined;
  readonly answer: RetryDelayAnswer | undefined;
  /** When the keeper no longer waits. */
  readonly until: number;
}

/** A user's mistake, which ends init. */
export interface Refusal {
  readonly exit: ExitName;
  readonly why: string;
}

/** What happened to the jobs of workers that have ended. */
export interface Account {
  finished: number;
  failed: number;
  handedBack: JobList;
  lost: JobList;
}

/** All that init knows and wants. Only events and actions change it; reconcile reads it. */
export interface World {
  phase: Phase;
  /** The name of init's exit code. undefined: the account decides. */
  exit: ExitName | undefined;
  drainDeadline: number;
  /** How many subcommands wait for the end of the drain. */
  waiters: number;
  /** When init exits. Set by the final report to the waiting subcommands, which exit first. */
  exitAt: number | undefined;
  /** When init exits at the latest, however many subcommands join after the final report. */
  latestExitAt: number;
  current: Generation | undefined;
  candidate: Candidate | undefined;
  /** Why forker cannot run the current generation, as far as only its workers could tell. */
  refusal?: Refusal | undefined;
  /** How the last worker ended that init had not ordered to end. */
  lastDeath?: string | undefined;
  /** A reload is due; a HUP during a reload sets it for the next one. */
  reloadWanted: boolean;
  nextGeneration: number;
  nextId: number;
  /** How many copies of the last worker spec TTIN has added; negative: how many specs TTOU has removed. */
  extraWorkers: number;
  /** What it was at the order of the reload that is due. That reload undoes these, and keeps those that were ordered later. */
  extraWorkersAtReload: number;
  suspended: boolean;
  fleet: FleetState;
  /** Whether any worker has ever started. */
  hasStarted: boolean;
  /** Whether every slot of an activated generation has had a worker that started. Never false again. */
  isUp: boolean;
  /** When init last ran again after it and its processes were frozen. */
  thawedAt: number;
  /** When isUp became true. Infinity: it is false. */
  upAt: number;
  /** No new template of the current generation starts before this time. */
  templateNotBefore: number;
  /** How many templates of the current generation failed in a row. */
  templateFailures: number;
  /** How many templates in a row were ordered to fork and produced no live worker. */
  brokenTemplates: number;
  readonly slots: Slot[];
  /** The record of the spares, which are in no slot: their crashes and pauses. */
  readonly spare: Slot;
  readonly templates: Template[];
  readonly workers: Worker[];
  readonly runners: Runner[];
  keeper: KeeperProcess | undefined;
  /** Orphaned jobs that a keeper, or its successor, holds in quarantine. Init waits for them until quarantineDeadline. */
  quarantined: QuarantinedJobs;
  quarantineDeadline: number;
  keeperNotBefore: number;
  keeperFailures: number;
  /** How many keepers in a row init has killed because they were starting for too long. Until one starts within keeperTimeMs. */
  slowKeepers: number;
  readonly handBackOrders: HandBackOrder[];
  /** In the order in which they were reported. */
  pendingEnds: readonly PendingEnd[];
  /** The keeper's questions that no worker has answered yet. */
  retryDelays: readonly PendingRetryDelay[];
  /** The keeper's latest report of stale queues, and when it came. */
  staleQueues: { readonly queues: readonly StaleQueue[]; readonly toldAt: number };
  readonly account: Account;
  /** The queues that are measured by themselves, in the order in which init learned of them; and all others together. */
  readonly measured: Map<string, MeasuredQueue>;
  otherQueues: MeasuredQueue | undefined;
  /** Jobs that were handed back, by why. */
  readonly handBacks: Record<HandBackCause, number>;
  /** From the order to start a worker until it has started. */
  readonly workerStarts: Histogram;
  /** Of the ranges, by their first slots. */
  readonly demands: Map<number, Demand>;
  /** The jobs that a worker could take now, of the queues that ranges take from, as the keeper has counted them. */
  readonly dueJobs: Map<string, { readonly jobs: number; readonly countedAt: number }>;
  /** How long a job of these queues runs, as an average that follows changes. */
  readonly jobMs: Map<string, number>;
  /** What the cgroup grants. undefined: nothing depends on it, or it has not been read. */
  room: Room | undefined;
  /** When `room` was read, and when the time began that its `usedCpus` is the average of. */
  roomReadAt: number;
  roomReadSince: number;
  /** How many workers held a job at the latest reading of `room`. */
  busyWorkers: number;
  /** The CPUs that a busy worker has used between the two latest readings. undefined: none was busy. */
  cpusABusyWorker: number | undefined;
  /** How many workers, templates and keepers the kernel's OOM killer has killed. */
  oomKills: number;
}

/** Whether a keeper serves the current generation, or will when its workers have reported the place of their jobs. */
export function mayHaveKeeper({ current }: World): boolean {
  return current !== undefined && (current.redis !== undefined || current.place === undefined);
}

export function isUserOfWorkers({ current, candidate }: World, uid: number): boolean {
  return uid === current?.user.uid || uid === candidate?.loaded?.user.uid;
}

export function slotOf(world: World, index: number): Slot {
  while (world.slots.length <= index) {
    world.slots.push(newSlot(world.suspended));
  }
  return world.slots[index] as Slot;
}

/** The record of the worker's slot, or of the spares. */
export function slotOfWorker(world: World, { slot, isSpare }: Pick<Worker, "slot" | "isSpare">): Slot {
  return isSpare ? world.spare : slotOf(world, slot);
}
