import type { Job } from "../../../../src/bull/library/job-type.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { Host } from "../../time/virtual-time.ts";
import type { JobData } from "../application/job-data.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import type { JobPlan } from "../scenario/scenario.ts";

export interface AddedJob {
  readonly queue: string;
  readonly id: string;
  readonly data: JobData;
  readonly plan: Omit<JobPlan, "atMs" | "children">;
  readonly children: readonly string[];
  readonly at: number;
}

/**
 * What the processor did. moved: it moved the job, and threw that. unmoved: it said so without a move. aborted: it threw the reason of its
 * signal.
 */
export type RunEnd = "returned" | "failed" | "unrecoverable" | "moved" | "unmoved" | "aborted";

/**
 * The lock of a run, as Redis has it. expired: nobody renewed it. released: some process released it, or moved the job. taken: the job
 * has another lock.
 */
export type LockState = "held" | "expired" | "released" | "taken";

/** One run of a processor. */
export interface Run {
  readonly queue: string;
  readonly id: string;
  readonly forker: SimulatedForker;
  readonly process: SimulatedProcess;
  /** That has taken the job: the same process, unless the job is isolated. */
  readonly worker: SimulatedProcess;
  readonly token: string;
  readonly jobKey: string;
  /** The key of its lock. */
  readonly lockKey: string;
  readonly signal: AbortSignal;
  readonly beganAt: number;
  /** How many runs the job had before. */
  readonly number: number;
  /** How many of its attempts had ended. */
  readonly attempt: number;
  /** How often a worker had taken the job, including this time. */
  readonly starts: number;
  says: RunEnd;
  end: RunEnd | undefined;
  endedAt: number;
  abortedAt: number;
  lock: LockState;
  lockLostAt: number;
  /** Whose command released it. */
  lockLostBy: Host | undefined;
  /** How long its process could have noticed that. */
  unawareMs: number;
}

/** A hook or a listener that was called. */
export interface Heard {
  readonly by: SimulatedProcess;
  readonly what: "afterPerform" | "onFailure" | "completed" | "failed";
  readonly queue: string;
  readonly id: string;
  readonly attemptsMade: number;
  readonly finishedOn: number | undefined;
  readonly at: number;
}

/** What really happened to each job, whatever forker and Redis know of it. */
export class Ledger {
  readonly #now: () => number;
  readonly added = new Map<string, AddedJob>();
  readonly runs = new Map<string, Run[]>();
  /** The runs that have not ended, in processes that live. */
  readonly current = new Set<Run>();
  /** Those, and the last run of each job that has ended while it had its lock. */
  readonly locked = new Set<Run>();
  readonly heardOf = new Map<string, Heard[]>();
  readonly beginListeners: ((run: Run, before: readonly Run[]) => void)[] = [];
  readonly hearListeners: ((heard: Heard) => void)[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  add(job: Omit<AddedJob, "at">): void {
    this.added.set(nameOf(job.queue, job.id), { ...job, at: this.#now() });
  }

  began(
    { forker, process, worker }: Pick<Run, "forker" | "process" | "worker">,
    { queueName, id = "", attemptsMade, attemptsStarted }: Job,
    token: string,
    signal: AbortSignal,
  ): Run {
    const name = nameOf(queueName, id);
    const before = this.runs.get(name) ?? [];
    const run: Run = {
      queue: queueName,
      id,
      forker,
      process,
      worker,
      token,
      jobKey: `bull:${name}`,
      lockKey: `bull:${name}:lock`,
      signal,
      beganAt: this.#now(),
      number: before.length,
      attempt: attemptsMade,
      starts: attemptsStarted,
      says: "failed",
      end: undefined,
      endedAt: Infinity,
      abortedAt: Infinity,
      lock: "held",
      lockLostAt: Infinity,
      lockLostBy: undefined,
      unawareMs: 0,
    };
    signal.addEventListener("abort", () => {
      run.abortedAt = this.#now();
    });
    this.runs.set(name, [...before, run]);
    for (const listener of this.beginListeners) listener(run, before);
    const last = before.at(-1);
    if (last !== undefined) this.locked.delete(last);
    this.current.add(run);
    this.locked.add(run);
    return run;
  }

  ended(run: Run, end: RunEnd): void {
    if (run.process.isDead) return;
    run.end = end;
    run.endedAt = this.#now();
    this.current.delete(run);
  }

  processEnded(process: SimulatedProcess): void {
    for (const run of this.current) if (run.process === process) this.current.delete(run);
    // Its runner may outlive the worker, until init ends it.
    const isOver = (run: Run) => (run.worker === process || run.worker.isDead) && !this.current.has(run);
    for (const run of this.locked) if (isOver(run)) this.locked.delete(run);
  }

  heard(
    by: SimulatedProcess,
    what: Heard["what"],
    { queue, id }: { readonly queue: string; readonly id: string },
    attemptsMade: number,
    finishedOn: number | undefined,
  ): void {
    const name = nameOf(queue, id);
    const heard = { by, what, queue, id, attemptsMade, finishedOn, at: this.#now() };
    for (const listener of this.hearListeners) listener(heard);
    this.heardOf.set(name, [...(this.heardOf.get(name) ?? []), heard]);
  }
}

export function nameOf(queue: string, id: string): string {
  return `${queue}:${id}`;
}
