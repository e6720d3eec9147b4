import type { ForkerJob } from "../../../../src/app/forker-job.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { JobData } from "../application/job-data.ts";

export interface AddedJob {
  readonly queue: string;
  readonly id: string;
  readonly data: JobData;
  readonly at: number;
}

/** One run of a processor. */
export interface Run {
  readonly queue: string;
  readonly id: string;
  readonly process: SimulatedProcess;
  readonly token: string;
  readonly beganAt: number;
  /** Which attempt, from 0. */
  readonly attempt: number;
  endedAt: number;
}

/** A hook or a listener that was called. */
export interface Heard {
  readonly by: SimulatedProcess;
  readonly what: "afterPerform" | "onFailure" | "completed" | "failed";
  readonly attemptsMade: number;
  readonly at: number;
}

/** What really happened to each job, whatever forker and Redis know of it. */
export class Ledger {
  readonly #now: () => number;
  readonly added = new Map<string, AddedJob>();
  readonly runs = new Map<string, Run[]>();
  readonly heardOf = new Map<string, Heard[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  add(queue: string, id: string, data: JobData): void {
    this.added.set(nameOf(queue, id), { queue, id, data, at: this.#now() });
  }

  began(process: SimulatedProcess, { queueName, id = "", attemptsMade }: ForkerJob, token: string): Run {
    const run: Run = {
      queue: queueName,
      id,
      process,
      token,
      beganAt: this.#now(),
      attempt: attemptsMade,
      endedAt: Infinity,
    };
    const name = nameOf(queueName, id);
    this.runs.set(name, [...(this.runs.get(name) ?? []), run]);
    return run;
  }

  returned(run: Run): void {
    if (!run.process.isDead) run.endedAt = Math.min(run.endedAt, this.#now());
  }

  heard(
    by: SimulatedProcess,
    what: Heard["what"],
    { queue, id }: { readonly queue: string; readonly id: string },
    attemptsMade: number,
    _finishedOn: number | undefined,
  ): void {
    const name = nameOf(queue, id);
    this.heardOf.set(name, [...(this.heardOf.get(name) ?? []), { by, what, attemptsMade, at: this.#now() }]);
  }
}

export function nameOf(queue: string, id: string): string {
  return `${queue}:${id}`;
}
