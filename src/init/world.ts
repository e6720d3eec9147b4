import type { WorkerSpec } from "../config/workload.ts";
import type { ExitName } from "../exit/exit-codes.ts";
import type { JobName, WorkerMode } from "../protocol/messages.ts";

/** booting: no template has loaded yet. draining and stopping end with init's own end; there is no way back. */
export type Phase = "booting" | "running" | "draining" | "stopping";

/** What a loaded template said: from this on it is known what to run, and how to start it. */
export interface Generation {
  readonly number: number;
  readonly specs: readonly WorkerSpec[];
  readonly engine: "fork" | "spawn";
  readonly engineReason: string | undefined;
}

/** The generation that a reload is about to bring. It replaces the current one when its first worker has started. */
export interface Candidate {
  readonly number: number;
  loaded: Generation | undefined;
  /** How many of its first workers failed to start. */
  failures: number;
}

export type TemplateState = "loading" | "ready" | "retiring" | "killed";

export interface Template {
  readonly id: number;
  readonly generation: number;
  state: TemplateState;
  pid: number | undefined;
  /** When its state has lasted too long. */
  deadline: number;
  /** What it said before it ended. */
  failure: TemplateFailure | undefined;
}

export interface TemplateFailure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly exit: ExitName;
}

/**
 * asked: ordered, no process known yet. starting: alive, hooks running. standby: could take, waits for its predecessor's
 * end. taking: told to take (suspended or not). draining and stopping: told so. killed: sent SIGKILL, not yet reaped.
 */
export type WorkerState = "asked" | "starting" | "standby" | "taking" | "draining" | "stopping" | "killed";

export interface Worker {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly spec: WorkerSpec;
  readonly askedAt: number;
  state: WorkerState;
  pid: number | undefined;
  startedAt: number | undefined;
  deadline: number;
  toldSuspended: boolean;
  pulse: Pulse | undefined;
  farewell: Farewell | undefined;
  startFailure: string | undefined;
}

/** The last that a worker said of itself. */
export interface Pulse {
  readonly mode: WorkerMode;
  readonly connected: boolean;
  readonly connectionError?: string | undefined;
  readonly queues: readonly string[];
  readonly holding: readonly JobName[];
  readonly finished: number;
  readonly failed: number;
}

export interface Farewell {
  readonly finished: number;
  readonly failed: number;
  readonly handedBack: readonly JobName[];
  readonly lost: readonly JobName[];
  readonly recycle: boolean;
}

export interface Slot {
  suspended: boolean;
  /** Crashes in a row, for the back-off. */
  failures: number;
  /** No new worker in this slot before then. */
  notBefore: number;
  finished: number;
  failed: number;
  restarts: number;
}

/** What is left to tell when all is over. */
export interface Account {
  finished: number;
  failed: number;
  readonly handedBack: JobName[];
  readonly lost: JobName[];
}

/** All that init knows and wants. Changed by events and actions only; reconcile reads it. */
export interface World {
  phase: Phase;
  /** The exit code's name once everything is gone; undefined: decided by the account. */
  exit: ExitName | undefined;
  drainDeadline: number;
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
  /** No new template of the current generation before then, and how often one failed in a row. */
  templateNotBefore: number;
  templateFailures: number;
  readonly slots: Slot[];
  readonly templates: Template[];
  readonly workers: Worker[];
  readonly account: Account;
}

export function newWorld(): World {
  return {
    phase: "booting",
    exit: undefined,
    drainDeadline: Infinity,
    current: undefined,
    candidate: undefined,
    reloadWanted: true,
    nextGeneration: 1,
    nextId: 1,
    extraWorkers: 0,
    suspended: false,
    hasStarted: false,
    templateNotBefore: 0,
    templateFailures: 0,
    slots: [],
    templates: [],
    workers: [],
    account: { finished: 0, failed: 0, handedBack: [], lost: [] },
  };
}

/** The specs of the slots that there should be now: the workload's, with TTIN's and TTOU's changes; never none. */
export function wantedSpecs(world: World): readonly WorkerSpec[] {
  const specs = world.current?.specs ?? [];
  const last = specs.at(-1);
  if (last === undefined) return [];
  const wanted = Math.max(1, specs.length + world.extraWorkers);
  return Array.from({ length: wanted }, (_, slot) => specs[slot] ?? last);
}

export function slotOf(world: World, index: number): Slot {
  while (world.slots.length <= index) {
    world.slots.push({
      suspended: world.suspended,
      failures: 0,
      notBefore: 0,
      finished: 0,
      failed: 0,
      restarts: 0,
    });
  }
  return world.slots[index] as Slot;
}

const workerMoves: Record<WorkerState, readonly WorkerState[]> = {
  asked: ["starting", "stopping", "killed"],
  starting: ["standby", "stopping", "killed"],
  standby: ["taking", "draining", "stopping", "killed"],
  taking: ["draining", "stopping", "killed"],
  draining: ["draining", "stopping", "killed"],
  stopping: ["killed"],
  killed: ["killed"],
};

/** The one setter of a worker's state. A move that the table does not know is a fault of ours. */
export function moveWorker(worker: Worker, next: WorkerState, deadline: number): void {
  if (!workerMoves[worker.state].includes(next)) {
    throw new Error(`worker ${worker.id} of slot ${worker.slot} cannot go from ${worker.state} to ${next}`);
  }
  worker.state = next;
  worker.deadline = deadline;
}

const templateMoves: Record<TemplateState, readonly TemplateState[]> = {
  loading: ["ready", "killed"],
  ready: ["retiring", "killed"],
  retiring: ["killed"],
  killed: ["killed"],
};

export function moveTemplate(template: Template, next: TemplateState, deadline: number): void {
  if (!templateMoves[template.state].includes(next)) {
    throw new Error(`template ${template.id} cannot go from ${template.state} to ${next}`);
  }
  template.state = next;
  template.deadline = deadline;
}
