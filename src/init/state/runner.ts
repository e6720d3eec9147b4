import type { JobName } from "../../protocol/messages.ts";
import type { RunnerHost } from "../../protocol/runner-host.ts";

/**
 * asked: ordered, and not primed yet. primed: waits for a job. running: has one. ending: has reported its end, or is not needed.
 * killed: has been sent SIGKILL.
 */
export type RunnerState = "asked" | "primed" | "running" | "ending" | "killed";

/** A process for one job. It belongs to a worker, which has taken the job and holds its lock. */
export interface Runner {
  readonly id: number;
  /** The id of its worker. */
  readonly worker: number;
  readonly slot: number;
  readonly generation: number;
  /** The user that it must run as. */
  readonly uid: number;
  /** The template that was ordered to fork it. */
  readonly template: number;
  readonly askedAt: number;
  state: RunnerState;
  pid: number | undefined;
  /** Its worker knows it, and may have given it a job. */
  wasPrimed: boolean;
  /** When init first sent SIGKILL. */
  killedAt: number | undefined;
  /** Why the latest SIGKILL could not be sent. */
  killFailure: string | undefined;
  deadline: number;
  job: JobName | undefined;
  /** Why init has killed it. */
  killedFor: string | undefined;
}

/** What a worker wants of its runners. */
export interface RunnersWanted {
  /** How many should wait for jobs. */
  readonly waiting: number;
  /** Jobs wait for a runner, or there is time to fork the last few. */
  readonly isUrgent?: boolean | undefined;
  readonly host: RunnerHost;
}
